import { METERS, type MeterName } from '../state/meters.ts';
import type { MetricDefinition } from './family.ts';

const HELP: Readonly<Record<Exclude<MeterName, 'breaker_state'>, string>> = {
  shared_state_operations_total: 'Operations on the shared state, by outcome.',
  shared_state_seconds_total: 'Time spent on operations of the shared state.',
  shared_state_degraded: '1 while the embedded store stands in for Redis.',
  shared_state_fallback_total: 'Operations that the embedded store answered for Redis, by reason.',
  cache_hits_total:
    'Cached values found, by level: l1 in the worker, l2 in the shared state, stale while a new one is made.',
  cache_misses_total: 'Cached values that had to be made.',
  sessions_saved_total: 'Sessions written, by outcome.',
  rate_limited_total: 'Requests refused by a rate limit.',
  jobs: 'Jobs of a queue, by state.',
  jobs_finished_total: 'Jobs that came to their end, by outcome.',
  db_pool_used: 'Connections to PostgreSQL in use.',
  db_pool_waiting: 'Queries that wait for a connection to PostgreSQL.',
  db_queries_total: 'Queries to PostgreSQL, by outcome.',
  db_query_seconds_total: 'Time spent on queries to PostgreSQL.',
};

/** What workers count on `tidegate/state` and `tidegate/database`. Breakers of the app stand with the balancer's. */
export const meters: readonly MetricDefinition[] = Object.entries(HELP).map(([key, help]) => {
  const name = key as MeterName;
  const { type, labels } = METERS[name];
  return {
    name: `tidegate_${name}`,
    help,
    type: type === 'counter' ? 'counter' : 'gauge',
    labels,
    merge: type === 'max' ? 'the highest of the workers' : 'added over the workers',
    read: (sources) => sources.meters.points(name),
  };
});

/**
 * Figures of what a process did on the shared state, read by the worker's agent once a second and merged by the primary.
 * They hang on the process by a well-known symbol, because the agent is a bundle of its own and the app may load this module twice.
 */

/** The metrics there are; docs/METRICS.md describes them. Counters merge over workers by adding; a gauge says how: `sum` or `max`. */
export const METERS = {
  shared_state_operations_total: { type: 'counter', labels: ['operation', 'driver', 'outcome'] },
  shared_state_seconds_total: { type: 'counter', labels: ['operation', 'driver'] },
  shared_state_degraded: { type: 'max', labels: [] },
  shared_state_fallback_total: { type: 'counter', labels: ['reason'] },
  cache_hits_total: { type: 'counter', labels: ['cache', 'level'] },
  cache_misses_total: { type: 'counter', labels: ['cache'] },
  sessions_saved_total: { type: 'counter', labels: ['outcome'] },
  rate_limited_total: { type: 'counter', labels: ['limiter'] },
  jobs: { type: 'max', labels: ['queue', 'state'] },
  jobs_finished_total: { type: 'counter', labels: ['queue', 'outcome'] },
  breaker_state: { type: 'max', labels: ['name'] },
  db_pool_used: { type: 'sum', labels: ['pool'] },
  db_pool_waiting: { type: 'sum', labels: ['pool'] },
  db_queries_total: { type: 'counter', labels: ['pool', 'outcome'] },
  db_query_seconds_total: { type: 'counter', labels: ['pool'] },
} as const satisfies Readonly<Record<string, { type: 'counter' | 'sum' | 'max'; labels: readonly string[] }>>;

export type MeterName = keyof typeof METERS;

const METERS_KEY = Symbol.for('tidegate.meters');
/** Label values come from code and settings, few of each; this bounds what a mistake can do. */
const SERIES_LIMIT = 400;

/** Series, as `name value…` joined by tabs, to their figure. */
type Series = Map<string, number>;

function series(): Series {
  const holder = globalThis as { [METERS_KEY]?: Series };
  holder[METERS_KEY] ??= new Map();
  return holder[METERS_KEY];
}

/** Adds to a counter. `labelValues` in the order of `METERS[name].labels`. */
export function count(name: MeterName, labelValues: readonly string[], by = 1): void {
  add(seriesKey(name, labelValues), by);
}

/** `count` for what is counted at every call: its key is made once. */
export function counter(name: MeterName, labelValues: readonly string[]): (by: number) => void {
  const key = seriesKey(name, labelValues);
  return (by) => add(key, by);
}

/** Sets a gauge. */
export function gauge(name: MeterName, labelValues: readonly string[], value: number): void {
  const all = series();
  const key = seriesKey(name, labelValues);
  if (all.has(key) || all.size < SERIES_LIMIT) all.set(key, value);
}

/** All series of this process, as `[key, figure]`. */
export function readMeters(): readonly (readonly [string, number])[] {
  return [...series()];
}

function seriesKey(name: MeterName, labelValues: readonly string[]): string {
  return [name, ...labelValues].join('\t');
}

function add(key: string, by: number): void {
  const all = series();
  const before = all.get(key);
  if (before === undefined && all.size >= SERIES_LIMIT) return;
  all.set(key, (before ?? 0) + by);
}

// @ts-check
import { BY, lines, stat } from './panel.mjs';

const REDIS = 'job="redis"';
const PG = 'job="postgres"';

/** @type {import('./panel.mjs').Dashboard} */
export const state = {
  uid: 'tidegate-state',
  title: 'Tidegate: shared state, Redis, PostgreSQL',
  about: 'What workers and machines share, and where it is kept.',
  metric: 'tidegate_scaling_ready',
  rows: [
    {
      title: 'Shared state',
      panels: [
        stat(
          'Degraded',
          'none',
          'Instances whose embedded store stands in for Redis.',
          `sum(tidegate_shared_state_degraded{${BY}})`,
          {
            needs: 'state with Redis',
            thresholds: [[1, 'red']],
          },
        ),
        lines(
          'Operations',
          'short',
          'A second, by outcome.',
          [
            [
              `sum by (driver, outcome) (rate(tidegate_shared_state_operations_total{${BY}}[$__rate_interval]))`,
              '{{driver}} {{outcome}}',
            ],
          ],
          { needs: 'state', width: 10 },
        ),
        lines(
          'Time of an operation',
          's',
          'Mean, by driver.',
          [
            [
              `sum by (driver) (rate(tidegate_shared_state_seconds_total{${BY}}[$__rate_interval])) / sum by (driver) (rate(tidegate_shared_state_operations_total{${BY}}[$__rate_interval]))`,
              '{{driver}}',
            ],
          ],
          { needs: 'state', width: 10 },
        ),
        lines(
          'Cache hits',
          'percentunit',
          'Share of values that were there.',
          [
            [
              `sum by (cache) (rate(tidegate_cache_hits_total{${BY}}[$__rate_interval])) / (sum by (cache) (rate(tidegate_cache_hits_total{${BY}}[$__rate_interval])) + sum by (cache) (rate(tidegate_cache_misses_total{${BY}}[$__rate_interval])))`,
              '{{cache}}',
            ],
          ],
          { needs: 'state' },
        ),
        lines(
          'Refused by rate limits',
          'reqps',
          'By limiter.',
          [[`sum by (limiter) (rate(tidegate_rate_limited_total{${BY}}[$__rate_interval]))`, '{{limiter}}']],
          { needs: 'state' },
        ),
        lines(
          'Sessions written',
          'short',
          'A second, by outcome.',
          [[`sum by (outcome) (rate(tidegate_sessions_saved_total{${BY}}[$__rate_interval]))`, '{{outcome}}']],
          { needs: 'sessions' },
        ),
        lines(
          'Jobs',
          'short',
          'By queue and state.',
          [[`max by (queue, state) (tidegate_jobs{${BY}})`, '{{queue}} {{state}}']],
          { needs: 'jobs' },
        ),
      ],
    },
    {
      title: 'Redis',
      panels: [
        stat('Nodes up', 'none', 'That the exporter reaches.', `sum(redis_up{${REDIS}})`, { needs: 'redis' }),
        lines('Memory', 'bytes', 'In use, of each node.', [[`redis_memory_used_bytes{${REDIS}}`, '{{instance}}']], {
          needs: 'redis',
          width: 10,
        }),
        lines(
          'Memory of the limit',
          'percentunit',
          'Above 0.9 for long is an alert.',
          [[`redis_memory_used_bytes{${REDIS}} / (redis_memory_max_bytes{${REDIS}} > 0)`, '{{instance}}']],
          {
            needs: 'redis',
            width: 10,
          },
        ),
        lines(
          'Commands',
          'short',
          'A second, of each node.',
          [[`rate(redis_commands_processed_total{${REDIS}}[$__rate_interval])`, '{{instance}}']],
          { needs: 'redis' },
        ),
        lines(
          'Evicted and expired',
          'short',
          'Keys a second.',
          [
            [`sum(rate(redis_evicted_keys_total{${REDIS}}[$__rate_interval]))`, 'evicted'],
            [`sum(rate(redis_expired_keys_total{${REDIS}}[$__rate_interval]))`, 'expired'],
          ],
          { needs: 'redis' },
        ),
        lines('Clients', 'short', 'Connected, of each node.', [[`redis_connected_clients{${REDIS}}`, '{{instance}}']], {
          needs: 'redis',
        }),
        lines(
          'Slots served',
          'none',
          'As each node of a cluster sees it: 16,384 when all is well.',
          [[`redis_cluster_slots_ok{${REDIS}}`, '{{instance}}']],
          { needs: 'redis' },
        ),
      ],
    },
    {
      title: 'PostgreSQL',
      panels: [
        stat('Up', 'none', 'As the exporter sees it.', `min(pg_up{${PG}})`, { needs: 'postgres' }),
        stat(
          'Connections in use',
          'percentunit',
          'Above 0.9 for 2 minutes is an alert.',
          `sum(pg_stat_activity_count{${PG}}) / sum(pg_settings_max_connections{${PG}})`,
          {
            needs: 'postgres',
            thresholds: [
              [0.7, 'orange'],
              [0.9, 'red'],
            ],
          },
        ),
        lines(
          'Connections by state',
          'short',
          'Of all databases.',
          [[`sum by (state) (pg_stat_activity_count{${PG}})`, '{{state}}']],
          { needs: 'postgres', width: 16 },
        ),
        lines(
          'Transactions',
          'short',
          'A second.',
          [
            [`sum(rate(pg_stat_database_xact_commit{${PG}}[$__rate_interval]))`, 'committed'],
            [`sum(rate(pg_stat_database_xact_rollback{${PG}}[$__rate_interval]))`, 'rolled back'],
          ],
          { needs: 'postgres' },
        ),
        lines(
          'Size',
          'bytes',
          'Of each database.',
          [[`max by (datname) (pg_database_size_bytes{${PG}})`, '{{datname}}']],
          { needs: 'postgres' },
        ),
        lines(
          'The pools of the app',
          'short',
          'Connections in use, and queries that wait for one.',
          [
            [`sum by (pool) (tidegate_db_pool_used{${BY}})`, '{{pool}} used'],
            [`sum by (pool) (tidegate_db_pool_waiting{${BY}})`, '{{pool}} waiting'],
          ],
          { needs: 'database' },
        ),
      ],
    },
  ],
};

/** The shared state. */
import { byteSize, flag, integer, list, type OptionTable, secret, text } from '../option.ts';
import { HOST } from './ranges.ts';

const MEBIBYTE = 1_048_576;

export const state = {
  stateEnabled: flag('STATE_ENABLED', true, 'The shared state of `tidegate/state`; false: no store is started.'),
  stateMemoryLimit: byteSize(
    'STATE_MEMORY_LIMIT',
    256 * MEBIBYTE,
    'Most the embedded store keeps; beyond it, what has a TTL and was not used for longest goes.',
    MEBIBYTE,
  ),
  stateKeyPrefix: text('STATE_KEY_PREFIX', 'tidegate:', 'Begins every key and channel on Redis.', {
    allowed: 'up to 64 characters without spaces or braces',
    pattern: /^[^\s{}]{0,64}$/,
  }),
  redisEnabled: flag('REDIS_ENABLED', false, 'Shared state on Redis.'),
  redisHost: text('REDIS_HOST', '127.0.0.1', 'Redis host.', HOST),
  redisPort: integer('REDIS_PORT', 6379, [1, 65535], 'TCP port', 'Redis port.'),
  redisPassword: secret(text('REDIS_PASSWORD', '', 'Redis password.')),
  redisDb: integer('REDIS_DB', 0, [0, 1024], 'database', 'Redis database (not in Cluster mode).'),
  redisClusterEnabled: flag('REDIS_CLUSTER_ENABLED', false, 'Redis Cluster.'),
  redisClusterNodes: list(
    'REDIS_CLUSTER_NODES',
    'host:port, separated by commas',
    /^[^\s,]+:\d{1,5}$/,
    'Nodes to begin with.',
  ),
  redisTls: flag('REDIS_TLS', false, 'Connections to Redis are encrypted.'),
  redisReadReplicas: flag('REDIS_READ_REPLICAS', false, 'Plain reads may go to replicas, which may be behind.'),
  redisCommandTimeoutMs: integer(
    'REDIS_COMMAND_TIMEOUT_MS',
    500,
    [10, 60_000],
    'milliseconds',
    'After this a command counts as failed, and the embedded store stands in.',
  ),
} satisfies OptionTable;

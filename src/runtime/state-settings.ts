import type { Config } from '../../config/schema.ts';
import type { RedisNode, StateSettings } from '../scaling/state/settings.ts';

/** What the configuration says of the shared state. */
export function stateSettingsOf(config: Config, socketPath: string): StateSettings {
  return {
    socketPath,
    redis: config.redisEnabled
      ? {
          nodes: config.redisClusterEnabled
            ? config.redisClusterNodes.map(toNode)
            : [{ host: config.redisHost, port: config.redisPort }],
          cluster: config.redisClusterEnabled,
          password: config.redisPassword,
          db: config.redisDb,
          tls: config.redisTls,
          readReplicas: config.redisReadReplicas,
          commandTimeoutMs: config.redisCommandTimeoutMs,
        }
      : null,
    keyPrefix: config.stateKeyPrefix,
    memoryLimitBytes: config.stateMemoryLimit,
  };
}

/** `host:port`; an IPv6 address may stand in brackets. */
function toNode(text: string): RedisNode {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

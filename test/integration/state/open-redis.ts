import type { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import type { OpenStore } from './contract.ts';

/** Settings for a test's servers; what is not given is as most have it. */
export function redisSettings(settings: Partial<RedisSettings> & Pick<RedisSettings, 'nodes'>): RedisSettings {
  return {
    cluster: false,
    password: '',
    db: 0,
    tls: false,
    readReplicas: false,
    commandTimeoutMs: 2_000,
    ...settings,
    nodes: settings.nodes.map(({ host, port }) => ({ host, port })),
  };
}

/** Two connected drivers on the same servers. */
export async function openRedis(
  driver: typeof RedisState,
  settings: Partial<RedisSettings> & Pick<RedisSettings, 'nodes'>,
): Promise<OpenStore & { readonly state: RedisState; readonly another: RedisState }> {
  const [state, another] = [0, 1].map(() => new driver(redisSettings(settings), 'tidegate:')) as [
    RedisState,
    RedisState,
  ];
  await Promise.all([state.connect(), another.connect()]);
  return {
    state,
    another,
    close: async () => {
      await Promise.all([state.close(), another.close()]);
    },
  };
}

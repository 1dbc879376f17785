import { FallbackState } from '../../../src/scaling/state/fallback/fallback-state.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../../src/scaling/state/settings.ts';
import {
  type RedisCluster,
  type RedisServer,
  redisAvailable,
  startRedis,
  startRedisCluster,
} from '../../helpers/redis-servers.ts';
import { describeContract, type OpenStore } from './contract.ts';
import { EmbeddedStore } from './open-embedded.ts';
import { openRedis } from './open-redis.ts';

/** Two processes of one machine: each with its own connection to Redis and to the machine's store. */
async function openFallback(
  store: EmbeddedStore | undefined,
  settings: Partial<RedisSettings> & Pick<RedisSettings, 'nodes'>,
): Promise<OpenStore> {
  if (store === undefined) throw new Error('the store process did not start');
  const redis = await openRedis(RedisState, settings);
  const [state, another] = await Promise.all(
    [redis.state, redis.another].map(
      async (primary) =>
        new FallbackState({ primary, embedded: await store.connect(), probeIntervalMs: 100, detectMs: 1_000 }),
    ),
  );
  if (state === undefined || another === undefined) throw new Error('no fallback');
  return {
    state,
    another,
    close: async () => {
      await Promise.all([state.close(), another.close()]);
    },
  };
}

describe('FallbackState on redis-server', () => {
  let store: EmbeddedStore | undefined;
  let server: RedisServer | undefined;
  let cluster: RedisCluster | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    [store, server, cluster] = await Promise.all([EmbeddedStore.start(), startRedis(), startRedisCluster()]);
  });
  after(() => Promise.all([store?.stop(), server?.stop(), cluster?.stop()]));

  describeContract('FallbackState over a single Redis', () => openFallback(store, { nodes: [server as RedisServer] }));
  describeContract('FallbackState over a Redis Cluster', () =>
    openFallback(store, { nodes: cluster?.nodes ?? [], cluster: true }),
  );
});

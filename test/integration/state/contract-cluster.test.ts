import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../../helpers/redis-servers.ts';
import { describeContract } from './contract.ts';
import { openRedis } from './open-redis.ts';

describe('RedisState on a Redis Cluster of six redis-server', () => {
  let cluster: RedisCluster | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    cluster = await startRedisCluster();
  });
  after(() => cluster?.stop());

  describeContract('Redis Cluster', () => openRedis(RedisState, { nodes: cluster?.nodes ?? [], cluster: true }));
});

import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { describeContract } from './contract.ts';
import { openRedis } from './open-redis.ts';

describe('RedisState on one redis-server', () => {
  let server: RedisServer | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    server = await startRedis({ password: 'secret' });
  });
  after(() => server?.stop());

  describeContract('Redis, single, with a password and a database', () =>
    openRedis(RedisState, { nodes: [server as RedisServer], password: 'secret', db: 3 }),
  );
});

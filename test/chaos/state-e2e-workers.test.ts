import { expect } from 'chai';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { onCluster, startStateApp } from '../helpers/state-app.ts';
import { StateUsers } from '../helpers/state-users.ts';
import { report } from './state-report.ts';

const USERS = 1_000;
const REQUESTS_PER_SECOND = 200;

for (const where of ['the embedded store', 'a Redis Cluster (redis-server)']) {
  it(`${USERS} users on ${where} stay logged in: a worker killed, 4 workers made 2, a reload`, async function () {
    this.timeout(180_000);
    const needsRedis = where !== 'the embedded store';
    if (needsRedis && !redisAvailable()) return this.skip();
    let cluster: RedisCluster | undefined;
    if (needsRedis) cluster = await startRedisCluster();
    const runtime = await startStateApp({ env: cluster === undefined ? {} : onCluster(cluster) });
    const users = new StateUsers(runtime);
    try {
      await users.logIn(USERS);
      users.run(REQUESTS_PER_SECOND);
      const during = async (what: string, change: () => Promise<unknown>): Promise<void> => {
        const fromMs = performance.now();
        const [, wrong] = await Promise.all([change(), users.wrong()]);
        expect(wrong, `during ${what}`).to.deep.equal([]);
        expect(await users.wrong(), `after ${what}`).to.deep.equal([]);
        expect(users.errors, what).to.deep.equal([]);
        report(what, users.latencies(fromMs));
      };
      await during('quiet', async () => {});
      await during('SIGKILL of a worker', async () => {
        process.kill(Number((await runtime.ready())[0]?.pid), 'SIGKILL');
        await runtime.waitForWorkers(4, 40_000);
      });
      const { length } = users.resets;
      report('requests that were sent again after the kill', length);
      await during('the change from 4 workers to 2', () => runtime.scale(2, 40_000));
      await during('a reload', async () => expect((await runtime.reload()).at(-1)?.outcome).to.equal('done'));
      expect(users.resets.slice(length), 'sent again later').to.deep.equal([]);
    } finally {
      await users.stop();
      users.close();
      await runtime.kill();
      await cluster?.stop();
    }
  });
}

import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { endWell, metricOf, onRedis, startStateApp, storeOf } from '../helpers/state-app.ts';
import { StateUsers } from '../helpers/state-users.ts';

const USERS = 200;
const REQUESTS_PER_SECOND = 100;

describe('users of an app that keeps its sessions in the shared state', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  let users: StateUsers;
  let redis: RedisServer | undefined;

  afterEach(async () => {
    await users?.stop();
    users?.close();
    await endWell(runtime);
    await redis?.stop();
    redis = undefined;
  });

  async function begin(env: Record<string, string>): Promise<void> {
    runtime = await startStateApp({ env });
    users = new StateUsers(runtime);
    await users.logIn(USERS);
    users.run(REQUESTS_PER_SECOND);
  }

  async function nothingWrong(when: string): Promise<void> {
    expect(await users.wrong(), when).to.deep.equal([]);
    expect(users.errors, when).to.deep.equal([]);
  }

  it('stay logged in when a worker is killed, when there are fewer workers, and through a reload', async () => {
    await begin({});
    const [worker] = await runtime.ready();
    process.kill(Number(worker?.pid), 'SIGKILL');
    await nothingWrong('after the kill');
    await runtime.waitForWorkers(4);
    // Only what was under way in the killed worker may have had to be sent again.
    const resets = users.resets.length;
    await runtime.scale(2);
    await nothingWrong('with two workers');
    expect((await runtime.reload()).at(-1)?.outcome).to.equal('done');
    await nothingWrong('after the reload');
    expect(users.resets.slice(resets)).to.deep.equal([]);
    expect(users.workers.size).to.be.at.least(3);
  });

  it('notice nothing of an outage of Redis (redis-server), which /health and /redis/status tell, nor of the end of the embedded store', async function () {
    if (!redisAvailable()) return this.skip();
    redis = await startRedis();
    await begin(onRedis(redis));
    const health = async () => {
      const { body } = await runtime.api<{
        status: string;
        dependencies: { redis: { level: string; sentence: string } };
      }>('GET', '/health');
      const { degradedSinceMs } = (await runtime.api<{ degradedSinceMs: number | null }>('GET', '/redis/status')).body;
      return { ...body, degradedSinceMs };
    };
    await redis.kill();
    const degraded = await until('/health names Redis', async () => {
      const view = await health();
      return view.dependencies.redis.level === 'warning' && view;
    });
    expect(degraded.status).to.not.equal('ok');
    expect(degraded.degradedSinceMs).to.be.a('number');
    expect(degraded.dependencies.redis.sentence).to.match(/^the embedded store stands in for Redis: (?!the embedded)/);
    await nothingWrong('during the outage');
    const later = new StateUsers(runtime);
    await later.logIn(10);
    expect(await later.wrong(), 'who logged in during the outage').to.deep.equal([]);
    // It begins empty, as after the worst of failovers.
    await redis.start();
    await until('Redis is back', async () => {
      const view = await health();
      return view.dependencies.redis.level === 'ok' && view.degradedSinceMs === null;
    });
    await until('back for all workers', async () => (await metricOf(runtime, 'tidegate_shared_state_degraded')) === 0);
    await nothingWrong('after the outage');
    expect(await later.wrong(), 'who logged in during the outage, after it').to.deep.equal([]);
    later.close();
    process.kill(storeOf(runtime), 'SIGKILL');
    await nothingWrong('after the end of the embedded store');
    await runtime.waitForLog(/^shared state: started again/);
    await nothingWrong('with a new, empty embedded store');
    expect(users.resets).to.deep.equal([]);
  });
});

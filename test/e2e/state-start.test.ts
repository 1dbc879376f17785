import { Agent } from 'node:http';
import { expect } from 'chai';
import { freePort } from '../helpers/free-port.ts';
import { RedisServer, type RedisServerOptions, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { ask, endWell, onRedis, STATE_MODULE, startStateApp } from '../helpers/state-app.ts';

interface Health {
  readonly status: string;
  readonly dependencies: Readonly<Record<string, { readonly level: string; readonly sentence: string }>>;
}

describe('an app with shared state, at its start', function () {
  this.timeout(60_000);
  let runtime: Runtime | undefined;
  let redis: RedisServer | undefined;
  let agent: Agent;

  beforeEach(() => {
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  afterEach(async () => {
    agent.destroy();
    await runtime?.kill();
    await redis?.stop();
    runtime = undefined;
    redis = undefined;
  });

  const started = async (env: Record<string, string>, workers = 2): Promise<Runtime> => {
    runtime = await startStateApp({ workers, env });
    return runtime;
  };
  const logIn = (): ReturnType<typeof ask<{ user: string }>> =>
    ask(runtime as Runtime, '/users/login', { agent, body: { user: 'ann' } });
  const health = async (): Promise<Health> => (await (runtime as Runtime).api<Health>('GET', '/health')).body;
  const redisServer = async (options: RedisServerOptions): Promise<RedisServer> => {
    redis = await startRedis(options);
    return redis;
  };

  it('may use the state while it is imported, before the store runs', async () => {
    const app = await started({ STATE_AT_IMPORT: '1' }, 4);
    const { atImport } = (await ask<{ atImport: number }>(app, '/', { agent })).body;
    // Of whichever worker wrote last before this one read.
    expect((await app.ready()).map(({ pid }) => pid)).to.include(atImport);
    expect((await health()).dependencies.state?.level).to.equal('ok');
    await endWell(app);
  });

  it('ends with a plain word where the state is switched off', async () => {
    runtime = await Runtime.spawn(fixture('state-app.mjs'), { env: { STATE_MODULE, STATE_ENABLED: 'false' } });
    expect((await runtime.exited).code).to.equal(1);
    expect(runtime.output).to.include('The shared state is switched off; set STATE_ENABLED=true to have it');
    expect(runtime.output).to.include("code: 'STATE_UNAVAILABLE'");
  });

  it('serves from the embedded store where Redis is not there yet, and moves to Redis when it comes (redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const later = new RedisServer(await freePort());
    redis = later;
    const app = await started(onRedis(later));
    expect((await logIn()).status).to.equal(200);
    await until('/health says degraded', async () => (await health()).dependencies.redis?.level === 'warning');
    const cookie = String((await logIn()).headers['set-cookie']?.[0]?.split(';')[0]);
    await later.start();
    await until('/health says Redis answers', async () => (await health()).dependencies.redis?.level === 'ok');
    const me = await ask(app, '/users/me', { agent, cookie });
    expect(me.body).to.include({ user: 'ann' });
    await until('its session is on Redis', async () => (await later.cli('KEYS', '*sess:*')).includes('sess:'));
    await endWell(app);
  });

  it('serves from the embedded store where the password is wrong, and says so (redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const server = await redisServer({ password: 'right' });
    const app = await started({ ...onRedis(server), REDIS_PASSWORD: 'mistaken' }, 1);
    expect((await logIn()).status).to.equal(200);
    const { dependencies } = await until('/health names Redis', async () => {
      const view = await health();
      return view.dependencies.redis?.level === 'warning' && view;
    });
    expect(dependencies.redis?.sentence).to.match(
      /^the embedded store stands in for Redis: (?!the embedded).*(WRONGPASS|NOAUTH)/,
    );
    await app.waitForLog(/^the embedded store stands in for Redis: /);
    await endWell(app);
    expect(app.output).to.not.include('mistaken');
  });

  it('warns of a Redis that may evict jobs (redis-server)', async function () {
    if (!redisAvailable()) return this.skip();
    const server = await redisServer({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const app = await started({ ...onRedis(server), JOB_WORKER: '1' }, 1);
    await app.waitForLog(/TIDEGATE_JOBS_EVICTION.*allkeys-lru.*use volatile-lru/);
    await endWell(app);
  });
});

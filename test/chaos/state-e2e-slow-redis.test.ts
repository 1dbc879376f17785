import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { ask, endWell, metricOf, onCluster, startStateApp } from '../helpers/state-app.ts';
import { report } from './state-report.ts';

const PAUSES_MS = [300, 500, 700, 1_000];
/** Users who come to the other machine for the first time, and how often one does. */
const USERS = 400;
const EVERY_MS = 5;
const LOG_INS_AT_ONCE = 20;

describe('two machines on a Redis Cluster (redis-server) of which one master hangs for a moment', function () {
  this.timeout(120_000);
  let cluster: RedisCluster | undefined;
  let home: Runtime;
  let other: Runtime;
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });

  before(async function () {
    if (!redisAvailable()) return this.skip();
    // No failover within the pauses: the master that hangs is the one that comes back.
    cluster = await startRedisCluster({ nodeTimeoutMs: 5_000 });
    const env = onCluster(cluster);
    home = await startStateApp({ workers: 2, env: { ...env, SERVER_ID: 'home' } });
    other = await startStateApp({ workers: 2, env: { ...env, SERVER_ID: 'other' } });
  });
  after(async () => {
    agent.destroy();
    await endWell(home);
    await endWell(other);
    await cluster?.stop();
  });

  async function logIn(names: readonly string[]): Promise<readonly string[]> {
    const cookies: string[] = [];
    for (let first = 0; first < names.length; first += LOG_INS_AT_ONCE) {
      const some = names.slice(first, first + LOG_INS_AT_ONCE);
      const answers = await Promise.all(some.map((user) => ask(home, '/users/login', { agent, body: { user } })));
      cookies.push(...answers.map(({ headers }) => String(headers['set-cookie']?.[0]?.split(';')[0])));
    }
    return cookies;
  }

  for (const pausedMs of PAUSES_MS) {
    it(`refuse no session when it hangs for ${pausedMs} ms`, async () => {
      const names = Array.from({ length: USERS }, (_, index) => `${pausedMs}-${index}`);
      const cookies = await logIn(names);
      const fallbacks = await metricOf(other, 'tidegate_shared_state_fallback_total');
      const nodes = cluster as RedisCluster;
      const [master = 0] = await nodes.masters();
      nodes.pause(master);
      const resumed = delay(pausedMs).then(() => nodes.resume(master));
      const answers: ReturnType<typeof ask<{ user?: string; code?: string }>>[] = [];
      for (const cookie of cookies) {
        answers.push(ask(other, '/users/me', { agent, cookie }));
        await delay(EVERY_MS);
      }
      await resumed;
      const told = await Promise.all(answers);
      const refused = told.filter(({ status, body }, index) => status !== 200 || body.user !== names[index]);
      report('requests', told.length);
      report('longest, ms', Math.max(...told.map(({ tookMs }) => tookMs)));
      report('refused', { 401: refused.filter(({ status }) => status === 401).length, all: refused.length });
      // The workers’ figures come with the next second.
      await until(
        'the figures',
        async () => (await metricOf(other, 'tidegate_shared_state_fallback_total')) > fallbacks,
      );
      expect(refused.map(({ status, body }) => `${status} ${body.code}`)).to.deep.equal([]);
      await until('Redis is back', async () => (await metricOf(other, 'tidegate_shared_state_degraded')) === 0);
    });
  }
});

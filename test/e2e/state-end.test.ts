import { Agent } from 'node:http';
import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import type { Runtime } from '../helpers/runtime.ts';
import { ask, chatter, endWell, onRedis, startStateApp, storeOf } from '../helpers/state-app.ts';

describe('the end of an app with shared state, and of its store', function () {
  this.timeout(60_000);
  let runtime: Runtime | undefined;
  let redis: RedisServer | undefined;

  afterEach(async () => {
    await runtime?.kill();
    await redis?.stop();
    runtime = undefined;
    redis = undefined;
  });

  for (const where of ['the embedded store', 'Redis (redis-server)', 'a Redis that has just died (redis-server)']) {
    it(`is soon, and leaves nothing behind, with open subscriptions on ${where}`, async function () {
      const isEmbedded = where === 'the embedded store';
      if (!isEmbedded && !redisAvailable()) return this.skip();
      if (!isEmbedded) redis = await startRedis();
      const app = await startStateApp({ workers: 2, env: redis === undefined ? {} : onRedis(redis) });
      runtime = app;
      const open = await Promise.all(
        Array.from({ length: 6 }, (_, index) => chatter(app, `channel-${index % 2}`, 'x')),
      );
      const codes = open.map(({ socket }) => new Promise((resolve) => socket.once('close', resolve)));
      if (where.startsWith('a Redis')) await redis?.kill();
      await endWell(app);
      expect(await Promise.all(codes)).to.deep.equal(open.map(() => 1012));
    });
  }

  it('costs the sessions when only the store was killed, which is said; the app goes on', async () => {
    const app = await startStateApp({ workers: 2 });
    runtime = app;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const logIn = async (): Promise<string> => {
      const { status, headers } = await ask(app, '/users/login', { agent, body: { user: 'ann' } });
      expect(status).to.equal(200);
      return String(headers['set-cookie']?.[0]?.split(';')[0]);
    };
    const me = async (cookie: string) =>
      (await ask<{ user?: string; code?: string }>(app, '/users/me', { agent, cookie })).body;
    const before = await logIn();
    expect((await me(before)).user).to.equal('ann');
    process.kill(storeOf(app), 'SIGKILL');
    await app.waitForLog(
      /^shared state: it ended with SIGKILL, and what it held is lost; it is started again in \d+ ms$/,
    );
    await app.waitForLog(/^shared state: started again, pid \d+$/);
    expect((await me(before)).code).to.equal('LOGGED_OUT');
    expect((await me(await logIn())).user).to.equal('ann');
    expect((await app.status()).workers.map(({ restarts }) => restarts)).to.deep.equal([0, 0]);
    agent.destroy();
    await endWell(app);
  });
});

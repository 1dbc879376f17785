import { Agent } from 'node:http';
import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import {
  ask,
  chatters,
  endWell,
  letGo,
  metricOf,
  onRedis,
  type Reached,
  reachWorkers,
  startStateApp,
  talk,
} from '../helpers/state-app.ts';

const LIMIT = 300;
const MESSAGES = 2_000;
const WORKERS = 2;

interface Cached {
  readonly pid: number;
  readonly stamp: string;
}

/** Asks each worker in turn, several at a time, `requests` times; how many were let through. */
async function acceptedOf(reached: readonly Reached[], requests: number): Promise<number> {
  const each = Math.ceil(requests / reached.length);
  const accepted = await Promise.all(
    reached.map(async ({ runtime, agent }) => {
      let passed = 0;
      for (let i = 0; i < each; i += 1) {
        const { status } = await ask(runtime, '/limited?key=everybody', { agent });
        expect(status).to.be.oneOf([200, 429]);
        if (status === 200) passed += 1;
      }
      return passed;
    }),
  );
  expect(Math.min(...accepted), 'let through by each worker').to.be.greaterThan(0);
  return accepted.reduce((sum, passed) => sum + passed, 0);
}

function loadsOf(runtimes: readonly Runtime[], key: string): number {
  return runtimes.flatMap(({ logs }) => logs.filter(({ message }) => message === `loading ${key}`)).length;
}

for (const { where, machines } of [
  { where: 'the embedded store', machines: 1 },
  { where: 'one Redis (redis-server)', machines: 2 },
]) {
  describe(`${machines} × ${WORKERS} workers of an app on ${where}`, function () {
    this.timeout(60_000);
    let redis: RedisServer | undefined;
    const runtimes: Runtime[] = [];
    let reached: Reached[] = [];

    before(async function () {
      if (machines > 1 && !redisAvailable()) return this.skip();
      if (machines > 1) redis = await startRedis();
      const env = { LIMIT_POINTS: String(LIMIT), LOADER_MS: '300', JOB_WORKER: '1', ...(redis && onRedis(redis)) };
      for (let machine = 0; machine < machines; machine += 1) {
        runtimes.push(await startStateApp({ workers: WORKERS, env: { ...env, SERVER_ID: `machine-${machine}` } }));
      }
    });
    beforeEach(async () => {
      reached = (await Promise.all(runtimes.map((runtime) => reachWorkers(runtime, WORKERS)))).flat();
    });
    afterEach(() => letGo(reached));
    after(async () => {
      await Promise.all(runtimes.map(endWell));
      await redis?.stop();
    });

    it('let through exactly as much as a limit allows', async () => {
      expect(await acceptedOf(reached, 2 * LIMIT)).to.equal(LIMIT);
    });

    it('load a value once however many ask for it, and drop it everywhere when it has changed', async () => {
      const all = Array.from({ length: 200 }, (_, index) => reached[index % reached.length] as Reached);
      const answers = await Promise.all(
        all.map(({ runtime }) => ask<Cached>(runtime, '/cached/slow', { agent: new Agent() })),
      );
      expect(new Set(answers.map(({ body }) => body.stamp))).to.deep.equal(new Set(['first']));
      await until('the load is in the log', () => loadsOf(runtimes, 'slow') > 0);
      expect(loadsOf(runtimes, 'slow')).to.equal(1);

      const get = async ({ runtime, agent }: Reached) =>
        (await ask<Cached>(runtime, '/cached/changing', { agent })).body;
      expect((await Promise.all(reached.map(get))).map(({ stamp }) => stamp)).to.deep.equal(reached.map(() => 'first'));
      const [{ runtime, agent }] = reached as [Reached];
      const changed = await ask(runtime, '/change/changing', { agent, body: { stamp: 'second' } });
      expect(changed.body).to.include({ told: true });
      for (const one of reached)
        await until(`worker ${one.pid} has it`, async () => (await get(one)).stamp === 'second');
    });

    it('tell how often a value was there', async () => {
      for (const { runtime, agent } of reached) {
        for (let i = 0; i < 50; i += 1) await ask(runtime, '/cached/popular', { agent });
      }
      for (const runtime of runtimes) {
        await until('hits in /metrics', async () => (await metricOf(runtime, 'tidegate_cache_hits_total')) > 80);
        expect(await metricOf(runtime, 'tidegate_cache_misses_total')).to.be.greaterThan(0);
      }
    });

    it(`bring ${MESSAGES} messages each way in order`, async () => {
      const pair = await chatters(runtimes[0] as Runtime, runtimes.at(-1) as Runtime);
      await talk(pair, MESSAGES);
      const numbers = Array.from({ length: MESSAGES }, (_, number) => number);
      for (const { heard } of pair) expect(heard).to.deep.equal(numbers);
      for (const { socket } of pair) socket.terminate();
    });

    it('do each job, whichever worker it was handed to', async () => {
      const results = await Promise.all(
        reached.map(({ runtime, agent }, number) =>
          ask<{ result: { double: number } }>(runtime, '/jobs', { agent, body: { number } }),
        ),
      );
      expect(results.map(({ body }) => body.result.double)).to.deep.equal(reached.map((_, number) => 2 * number));
    });
  });
}

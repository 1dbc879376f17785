import { Agent } from 'node:http';
import { expect } from 'chai';
import { type RedisServer, redisAvailable, startRedis } from '../helpers/redis-servers.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import {
  ask,
  chatters,
  endWell,
  figures,
  letGo,
  onRedis,
  type Reached,
  reachWorkers,
  startStateApp,
  talk,
} from '../helpers/state-app.ts';
import { report } from './state-report.ts';

const WORKERS = 4;
const LIMIT = 2_000;
const MISSES = 1_000;
const MESSAGES = 10_000;
const ROUNDS = 30;
const INVALIDATED_MS = 50;
const RECONNECTED_MS = 2_000;

interface Cached {
  readonly pid: number;
  readonly stamp: string;
}

for (const { where, machines } of [
  { where: 'the embedded store', machines: 1 },
  { where: 'one Redis (redis-server)', machines: 2 },
]) {
  describe(`${machines} × ${WORKERS} workers on ${where}, under load`, function () {
    this.timeout(120_000);
    let redis: RedisServer | undefined;
    const runtimes: Runtime[] = [];

    before(async function () {
      if (machines > 1 && !redisAvailable()) return this.skip();
      if (machines > 1) redis = await startRedis();
      const env = { LIMIT_POINTS: String(LIMIT), LOADER_MS: '200', ...(redis && onRedis(redis)) };
      for (let machine = 0; machine < machines; machine += 1) {
        runtimes.push(await startStateApp({ workers: WORKERS, env: { ...env, SERVER_ID: `machine-${machine}` } }));
      }
    });
    after(async () => {
      await Promise.all(runtimes.map(endWell));
      await redis?.stop();
    });

    const everyWorker = async (): Promise<Reached[]> => {
      const reached: Reached[] = [];
      for (const runtime of runtimes) reached.push(...(await reachWorkers(runtime, WORKERS)));
      return reached;
    };

    it('let through what a limit allows', async () => {
      const reached = await everyWorker();
      const each = (1.5 * LIMIT) / reached.length;
      let accepted = 0;
      await Promise.all(
        reached.map(async ({ runtime, agent }) => {
          for (let i = 0; i < each; i += 1) {
            if ((await ask(runtime, '/limited?key=everybody', { agent })).status === 200) accepted += 1;
          }
        }),
      );
      letGo(reached);
      report('let through', accepted);
      expect(accepted).to.equal(LIMIT);
    });

    it(`load a value once for ${MISSES} requests at once`, async () => {
      const agents = runtimes.map(() => new Agent({ keepAlive: true, maxSockets: MISSES }));
      for (const key of ['slow-1', 'slow-2', 'slow-3']) {
        const answers = await Promise.all(
          Array.from({ length: MISSES }, (_, index) => {
            const machine = index % machines;
            return ask<Cached>(runtimes[machine] as Runtime, `/cached/${key}`, { agent: agents[machine] as Agent });
          }),
        );
        expect(answers.filter(({ status }) => status !== 200)).to.deep.equal([]);
        const loads = (): number[] =>
          runtimes.map(({ logs }) => logs.filter(({ message }) => message === `loading ${key}`).length);
        await until('the load is in the log', () => loads().some((count) => count > 0));
        report(`loads of ${key} on each machine`, loads());
        for (const count of loads()) expect(count).to.be.at.most(1);
      }
      for (const agent of agents) agent.destroy();
    });

    it(`see an invalidation in every worker within ${INVALIDATED_MS} ms`, async () => {
      const reached = await everyWorker();
      const changer = new Agent({ keepAlive: true, maxSockets: 1 });
      const times: number[] = [];
      const get = async ({ runtime, agent }: Reached): Promise<string> =>
        (await ask<Cached>(runtime, '/cached/changing', { agent })).body.stamp;
      for (let round = 0; round < ROUNDS; round += 1) {
        await Promise.all(reached.map(get));
        await ask(runtimes[0] as Runtime, '/change/changing', { agent: changer, body: { stamp: `${round}` } });
        const toldMs = performance.now();
        await Promise.all(
          reached.map(async (one) => {
            let askedMs = performance.now();
            while ((await get(one)) !== `${round}`) askedMs = performance.now();
            times.push(askedMs - toldMs);
          }),
        );
      }
      changer.destroy();
      letGo(reached);
      const seen = figures(times);
      report('ms from the answer to the invalidation to a worker’s first request that saw it', seen);
      expect(seen.p95).to.be.at.most(INVALIDATED_MS);
    });

    it(`bring ${MESSAGES} messages each way in order`, async () => {
      const pair = await chatters(runtimes[0] as Runtime, runtimes.at(-1) as Runtime);
      const fromMs = performance.now();
      await talk(pair, MESSAGES);
      report('ms for all messages', performance.now() - fromMs);
      const numbers = Array.from({ length: MESSAGES }, (_, number) => number);
      for (const { heard } of pair) expect(heard).to.deep.equal(numbers);
      for (const { socket } of pair) socket.terminate();
    });

    it(`exchange messages again within ${RECONNECTED_MS} ms of a restart of Redis (redis-server)`, async function () {
      if (redis === undefined) return this.skip();
      const [one, two] = await chatters(runtimes[0] as Runtime, runtimes.at(-1) as Runtime);
      let next = 0;
      const speaking = setInterval(() => {
        one.socket.send(String(next));
        next += 1;
      }, 5);
      await until('they talk', () => two.heard.length > 10);
      await redis.kill();
      const silent = two.heard.length;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await redis.start();
      const startedMs = performance.now();
      const first = next;
      await until('a message of after the start', () => two.heard.some((number) => number >= first), 10_000);
      const backMs = performance.now() - startedMs;
      report('ms from the first answer of the new Redis to the first message', backMs);
      expect(backMs).to.be.at.most(RECONNECTED_MS);
      const heard = two.heard.length;
      await until('100 more', () => two.heard.length >= heard + 100);
      clearInterval(speaking);
      const back = two.heard.slice(silent).filter((number) => number >= first);
      const from = Number(back[0]);
      // Once they are back none is missing.
      expect(back).to.deep.equal(back.map((_, index) => from + index));
      for (const { socket } of [one, two]) socket.terminate();
    });
  });
}

import { expect } from 'chai';
import { type RateLimitOptions, rateLimit } from '../../../src/scaling/state/limits/index.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import type { Hammer, Hammered } from './limits-worker.ts';
import { type StateProcess, startStateProcess } from './sessions-limits-store.ts';
import { openTarget, startWorkers, type Target, type TestWorker } from './sessions-limits-target.ts';

/** Workers of one machine. */
const WORKERS = 4;

function sum(results: readonly Hammered[], figure: keyof Hammered): number {
  return results.reduce((total, result) => total + result[figure], 0);
}

/** What each store has to do for limits that so many processes share. */
function countsOver(target: () => Target, processes: number): void {
  let workers: readonly TestWorker[] = [];

  before(async () => {
    ({ workers } = await startWorkers('limits-worker', processes, target()));
  });

  after(() => Promise.all(workers.map((worker) => worker.kill())));

  function hammer(limit: RateLimitOptions, key: string, hits: number): Promise<readonly Hammered[]> {
    const order: Hammer = { limit, key, hits, atOnce: 25 };
    return Promise.all(workers.map((worker) => worker.ask<Hammered>(order)));
  }

  it('lets exactly the limit through', async () => {
    const limit: RateLimitOptions = { name: 'exact', kind: 'standard', points: 1000, durationMs: 600_000 };
    const results = await hammer(limit, 'client', 1000);
    expect(sum(results, 'allowed')).to.equal(1000);
    expect(sum(results, 'limited')).to.equal(processes * 1000 - 1000);
    expect(sum(results, 'uncounted')).to.equal(0);
  });

  it('lets exactly the limit through in each of several windows', async () => {
    const limit: RateLimitOptions = { name: 'windows', kind: 'standard', points: 50, durationMs: 100 };
    const results = await hammer(limit, 'client', (6000 / processes) * WORKERS);
    const windows = sum(results, 'windows');
    const allowed = sum(results, 'allowed');
    expect(windows).to.be.above(1);
    expect(allowed).to.be.at.most(windows * limit.points);
    // The last window ends before all its points were asked for, and so may one during which the machine did something else.
    expect(allowed).to.be.above((windows - 3) * limit.points);
  });

  it('blocks for all as soon as one of them went over', async () => {
    const limit: RateLimitOptions = { name: 'strict', kind: 'strict', points: 10, durationMs: 1000, blockMs: 600_000 };
    expect(sum(await hammer(limit, 'client', 50), 'allowed')).to.equal(10);
    expect(sum(await hammer(limit, 'client', 50), 'allowed')).to.equal(0);
  });

  it('punishes an offence once, whichever of them saw it', async () => {
    const limit: RateLimitOptions = { name: 'progressive', kind: 'progressive', points: 10, durationMs: 600_000 };
    expect(sum(await hammer(limit, 'client', 100), 'allowed')).to.equal(10);
    const state = await openTarget(target());
    try {
      expect((await state.count('limit-offences:progressive:client'))?.value).to.equal(1);
    } finally {
      await state.close();
    }
  });
}

describe('rate limits of several workers on the embedded store', () => {
  let store: Awaited<ReturnType<typeof startStateProcess>>;

  before(async () => {
    store = await startStateProcess();
  });

  after(() => store.stop());

  countsOver(() => ({ socketPath: store.socketPath }), WORKERS);
});

describe('rate limits of several workers on Redis (needs redis-server)', () => {
  let redis: RedisServer | undefined;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    redis = await startRedis();
  });

  after(() => redis?.stop());

  const target = (): Target => ({ redis: redis === undefined ? [] : [{ host: redis.host, port: redis.port }] });

  // As many as two machines have.
  countsOver(target, 2 * WORKERS);

  it('lets hits through while Redis is down, says so, and counts again when it is back', async () => {
    const state = await openTarget(target());
    try {
      const limit = rateLimit(state, { name: 'down', kind: 'standard', points: 1, durationMs: 600_000 });
      expect((await limit.consume('client')).allowed).to.equal(true);
      expect((await limit.consume('client')).allowed).to.equal(false);
      await redis?.kill();
      expect(await limit.consume('client')).to.include({ allowed: true, uncounted: true });
      expect(limit.statistics()).to.deep.equal({ allowed: 1, limited: 1, uncounted: 1 });
      await redis?.restart();
      await until('a counted hit', async () => !(await limit.consume('client')).uncounted);
      expect((await limit.consume('client')).allowed).to.equal(false);
    } finally {
      await state.close();
    }
  });
});

describe('rate limits of several workers on Redis with the embedded store behind it (needs redis-server)', () => {
  let redis: RedisServer | undefined;
  let store: StateProcess | undefined;
  let workers: readonly TestWorker[] = [];

  before(async function () {
    if (!redisAvailable()) return this.skip();
    [redis, store] = await Promise.all([startRedis(), startStateProcess()]);
    const nodes = [{ host: redis.host, port: redis.port }];
    ({ workers } = await startWorkers('limits-worker', WORKERS, { socketPath: store.socketPath, redis: nodes }));
  });

  after(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await Promise.all([redis?.stop(), store?.stop()]);
  });

  it('let exactly the limit through while Redis is up, and on this machine while it is down', async () => {
    const limit: RateLimitOptions = { name: 'both', kind: 'standard', points: 500, durationMs: 600_000 };
    const hammer = async (key: string) => {
      const order: Hammer = { limit, key, hits: 500, atOnce: 25 };
      const results = await Promise.all(workers.map((worker) => worker.ask<Hammered>(order)));
      return { allowed: sum(results, 'allowed'), uncounted: sum(results, 'uncounted') };
    };
    expect(await hammer('up')).to.deep.equal({ allowed: 500, uncounted: 0 });
    await redis?.kill();
    expect(await hammer('down')).to.deep.equal({ allowed: 500, uncounted: 0 });
  });
});

import { expect } from 'chai';
import { BALANCE_INTERVAL_MS, ConnectionBalancer } from '../../../src/cluster/connection-balancer.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import type { LoadReport } from '../../../src/ipc/protocol.ts';
import { type FakeWorker, workers } from './fixtures/fake-worker.ts';

const FREE = Number.MAX_SAFE_INTEGER;

/** A balancer over fake workers, and the clock it runs by. */
class Bench {
  readonly workers: readonly FakeWorker[];
  readonly pool = new WorkerPool();
  readonly balancer: ConnectionBalancer;
  /** Workers that are not heard of any more. */
  readonly silent = new Set<number>();
  nowMs = 100_000;

  constructor(count: number, ways: { readonly shared?: boolean; readonly moves?: boolean }) {
    this.workers = workers(count);
    for (const worker of this.workers) this.pool.add(worker.asHandle);
    this.balancer = new ConnectionBalancer({
      pool: this.pool,
      shared: ways.shared ?? false,
      moves: ways.moves ?? false,
    });
  }

  worker(id: number): FakeWorker {
    return this.workers[id - 1] as FakeWorker;
  }

  /** One interval in which the workers report these loads, in order. */
  tick(...reports: readonly Partial<LoadReport>[]): void {
    for (const [index, given] of reports.entries()) {
      const idle = { accepted: 0, closed: 0, completed: 0, inFlight: 0, connections: 0, movable: 0, elu: 0 };
      this.worker(index + 1).load.report({ ...idle, ...given }, 0);
    }
    this.nowMs += BALANCE_INTERVAL_MS;
    for (const worker of this.workers) if (!this.silent.has(worker.id)) worker.lastHeardAtMs = this.nowMs;
    this.balancer.tick(this.nowMs);
  }

  /** What each worker was told last about its share; null: nothing. */
  get shares(): (number | null)[] {
    return this.workers.map(({ sent }) => {
      const last = sent.findLast((message) => message.type === 'share');
      return last?.type === 'share' ? last.acceptsPerInterval : null;
    });
  }

  /** Connections that workers were told to give: `[from, to, count]`. */
  get gifts(): [number, number, number][] {
    return this.workers.flatMap(({ id, sent }) =>
      sent.flatMap((message): [number, number, number][] =>
        message.type === 'give' ? [[id, message.to, message.count]] : [],
      ),
    );
  }
}

describe('ConnectionBalancer, sharing accepts', () => {
  it('holds nobody back while few connections come', () => {
    const bench = new Bench(2, { shared: true });
    for (let round = 0; round < 5; round += 1) bench.tick({ accepted: 9 }, {});
    expect(bench.shares).to.deep.equal([null, null]);
  });

  it('gives each worker its part of what came in the last interval, and eight percent more', () => {
    const bench = new Bench(2, { shared: true });
    bench.tick({ accepted: 70 }, { accepted: 30 });
    expect(bench.shares).to.deep.equal([54, 54]);
    expect(bench.worker(1).sent).to.deep.equal([{ type: 'share', acceptsPerInterval: 54, intervalMs: 100 }]);
  });

  it('tells a worker less that takes too much, and another more, as intervals go by', () => {
    const bench = new Bench(2, { shared: true });
    for (let round = 0; round < 10; round += 1) bench.tick({ accepted: 90 }, { accepted: 10 });
    const [first, second] = bench.shares as [number, number];
    expect(first).to.be.below(54);
    expect(second).to.be.above(54);
  });

  it('lets all accept freely again, and says so once, when the rush is over', () => {
    const bench = new Bench(2, { shared: true });
    bench.tick({ accepted: 70 }, { accepted: 30 });
    bench.tick({}, {});
    expect(bench.shares).to.deep.equal([FREE, FREE]);
    bench.tick({}, {});
    expect(bench.worker(1).sent).to.have.length(2);
  });

  it('lets an ejected worker accept nothing, and freely again when it is back', () => {
    const bench = new Bench(2, { shared: true });
    bench.worker(1).ejected = true;
    bench.tick({}, {});
    expect(bench.shares).to.deep.equal([0, FREE]);
    bench.worker(1).ejected = false;
    bench.tick({}, {});
    expect(bench.shares).to.deep.equal([FREE, FREE]);
  });

  it('does not hold the others back for one that is ejected', () => {
    const bench = new Bench(2, { shared: true });
    bench.worker(1).ejected = true;
    for (let round = 0; round < 20; round += 1) bench.tick({}, { accepted: 400 });
    expect(bench.shares).to.deep.equal([0, FREE]);
  });

  it('lets the last worker accept freely that was held back while there were two', () => {
    const bench = new Bench(2, { shared: true });
    bench.tick({ accepted: 70 }, { accepted: 30 });
    bench.worker(2).become('draining');
    bench.tick({ accepted: 100 });
    expect(bench.shares[0]).to.equal(FREE);
  });

  it('lets the last worker accept that was ejected while there were two', () => {
    const bench = new Bench(2, { shared: true });
    bench.worker(1).ejected = true;
    bench.tick({}, { accepted: 50 });
    bench.worker(2).become('draining');
    bench.worker(1).ejected = false;
    bench.tick({});
    expect(bench.shares[0]).to.equal(FREE);
  });

  it('says nothing to a worker that does not listen', () => {
    const bench = new Bench(3, { shared: true });
    bench.worker(3).keys.clear();
    bench.tick({ accepted: 70 }, { accepted: 30 }, {});
    expect(bench.shares).to.deep.equal([54, 54, null]);
  });

  it('says nothing of shares when the primary accepts', () => {
    const bench = new Bench(2, { shared: false, moves: true });
    bench.tick({ accepted: 70 }, { accepted: 30 });
    expect(bench.shares).to.deep.equal([null, null]);
  });
});

describe('ConnectionBalancer, moving connections', () => {
  const BUSY = { completed: 400, inFlight: 20, connections: 40, movable: 40, elu: 0.9 };

  it('has the busy worker give to the idle one, and counts what it ordered', () => {
    const bench = new Bench(2, { moves: true });
    for (let round = 0; round < 30; round += 1) bench.tick(BUSY, {});
    expect(bench.gifts.length).to.be.above(0);
    for (const [from, to] of bench.gifts) expect([from, to]).to.deep.equal([1, 2]);
    const total = bench.gifts.reduce((sum, [, , count]) => sum + count, 0);
    expect(total).to.be.within(10, 30);
    expect(bench.balancer.movesOrdered).to.equal(total);
  });

  it('moves nothing between workers that are equally busy', () => {
    const bench = new Bench(2, { moves: true });
    for (let round = 0; round < 30; round += 1) bench.tick(BUSY, BUSY);
    expect(bench.gifts).to.deep.equal([]);
  });

  it('moves nothing to a worker that has not been heard of for seconds: it only looks idle', () => {
    const bench = new Bench(2, { moves: true });
    bench.silent.add(2);
    for (let round = 0; round < 30; round += 1) bench.tick(BUSY);
    expect(bench.gifts).to.deep.equal([]);
  });

  it('moves nothing when that is switched off', () => {
    const bench = new Bench(2, { moves: false, shared: true });
    for (let round = 0; round < 30; round += 1) bench.tick(BUSY, {});
    expect(bench.gifts).to.deep.equal([]);
  });

  it('moves nothing while one worker is alone', () => {
    const bench = new Bench(1, { moves: true });
    for (let round = 0; round < 30; round += 1) bench.tick(BUSY);
    expect(bench.gifts).to.deep.equal([]);
  });
});

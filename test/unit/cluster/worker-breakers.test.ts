import { expect } from 'chai';
import { WorkerBreakers } from '../../../src/cluster/worker-breakers.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import { type FakeWorker, workers } from './fixtures/fake-worker.ts';

/** Breakers over fake workers, one tick a second. */
class Bench {
  readonly workers: readonly FakeWorker[];
  readonly pool = new WorkerPool();
  readonly changes: string[] = [];
  readonly breakers: WorkerBreakers;
  nowMs = 0;
  readonly #served = new Map<FakeWorker, { completed: number; errors: number }>();

  constructor(count: number) {
    this.workers = workers(count);
    for (const worker of this.workers) this.pool.add(worker.asHandle);
    this.breakers = new WorkerBreakers(this.pool, ({ id }, state) => this.changes.push(`${id} ${state}`));
  }

  worker(id: number): FakeWorker {
    return this.workers[id - 1] as FakeWorker;
  }

  /** A second in which the workers, in order, answered `[requests, of them 5xx]`. */
  second(...answers: readonly (readonly [number, number])[]): void {
    this.nowMs += 1_000;
    for (const [index, [requests, failed]] of answers.entries()) {
      const worker = this.worker(index + 1);
      const { completed, errors } = this.#served.get(worker) ?? { completed: 0, errors: 0 };
      this.#served.set(worker, { completed: completed + requests, errors: errors + failed });
      worker.hasServed(completed + requests, errors + failed);
    }
    this.breakers.tick(this.nowMs);
  }

  seconds(count: number, ...answers: readonly (readonly [number, number])[]): void {
    for (let second = 0; second < count; second += 1) this.second(...answers);
  }

  get ejected(): number[] {
    return this.workers.filter(({ ejected }) => ejected).map(({ id }) => id);
  }
}

const GOOD = [10, 0] as const;
const BAD = [10, 5] as const;

describe('WorkerBreakers', () => {
  it('eject a worker after five seconds in which half its answers were 5xx', () => {
    const bench = new Bench(2);
    bench.seconds(4, BAD, GOOD);
    expect(bench.ejected).to.deep.equal([]);
    bench.second(BAD, GOOD);
    expect(bench.ejected).to.deep.equal([1]);
    expect(bench.changes).to.deep.equal(['1 open']);
  });

  it('forgive a worker that has one good second in between', () => {
    const bench = new Bench(2);
    bench.seconds(4, BAD, GOOD);
    bench.second([10, 4], GOOD);
    bench.seconds(4, BAD, GOOD);
    expect(bench.ejected).to.deep.equal([]);
  });

  it('draw no conclusion from fewer than five requests', () => {
    const bench = new Bench(2);
    bench.seconds(20, [4, 4], GOOD);
    expect(bench.ejected).to.deep.equal([]);
    bench.seconds(5, [5, 5], GOOD);
    expect(bench.ejected).to.deep.equal([1]);
  });

  it('let a worker in again after a minute, and trust it after two good seconds', () => {
    const bench = new Bench(2);
    bench.seconds(5, BAD, GOOD);
    bench.seconds(59, [0, 0], GOOD);
    expect(bench.ejected).to.deep.equal([1]);
    bench.second([0, 0], GOOD);
    expect(bench.ejected).to.deep.equal([]);
    bench.seconds(2, GOOD, GOOD);
    expect(bench.changes).to.deep.equal(['1 open', '1 half-open', '1 closed']);
  });

  it('eject it again for a minute if it still fails then', () => {
    const bench = new Bench(2);
    bench.seconds(5, BAD, GOOD);
    bench.seconds(60, [0, 0], GOOD);
    bench.second(BAD, GOOD);
    expect(bench.ejected).to.deep.equal([1]);
    expect(bench.breakers.report()['worker-0']).to.include({ state: 'open', rejectedRequests: 2 });
  });

  it('eject nobody when that would leave fewer than half: then the app fails, not a worker', () => {
    const bench = new Bench(3);
    bench.seconds(5, BAD, BAD, GOOD);
    expect(bench.ejected).to.deep.equal([]);
    expect(bench.changes).to.deep.equal(['1 open', '2 open']);
  });

  it('eject exactly half', () => {
    const bench = new Bench(4);
    bench.seconds(5, BAD, BAD, GOOD, GOOD);
    expect(bench.ejected).to.deep.equal([1, 2]);
  });

  it('let an ejected worker in that is left alone', () => {
    const bench = new Bench(2);
    bench.seconds(5, BAD, GOOD);
    bench.worker(2).become('draining');
    bench.second();
    expect(bench.ejected).to.deep.equal([]);
  });

  it('report requests, errors and success by slot', () => {
    const bench = new Bench(2);
    bench.second([8, 2]);
    expect(bench.breakers.report()).to.deep.equal({
      'worker-0': {
        state: 'closed',
        totalRequests: 8,
        successfulRequests: 6,
        failedRequests: 2,
        rejectedRequests: 0,
        successRate: 0.75,
      },
      'worker-1': {
        state: 'closed',
        totalRequests: 0,
        successfulRequests: 0,
        failedRequests: 0,
        rejectedRequests: 0,
        successRate: 1,
      },
    });
  });

  it('can be reset by name, and all at once', () => {
    const bench = new Bench(4);
    bench.seconds(5, BAD, BAD, GOOD, GOOD);
    expect(bench.breakers.reset('worker-1')).to.equal(true);
    expect(bench.ejected).to.deep.equal([1]);
    expect(bench.breakers.reset('worker-9')).to.equal(false);
    expect(bench.breakers.reset()).to.equal(true);
    expect(bench.ejected).to.deep.equal([]);
    expect(bench.breakers.report()['worker-0']?.state).to.equal('closed');
  });

  it('begin anew with the worker that takes a slot over', () => {
    const bench = new Bench(2);
    bench.seconds(5, BAD, GOOD);
    bench.pool.remove(bench.worker(1).asHandle);
    bench.second();
    bench.pool.add(bench.worker(1).asHandle);
    expect(bench.breakers.report()['worker-0']).to.include({ state: 'closed', rejectedRequests: 0 });
  });
});

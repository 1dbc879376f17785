import { expect } from 'chai';
import type { WorkerHandle } from '../../../src/cluster/worker-handle.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

describe('WorkerPool', () => {
  /** Workers 1.. in these phases, in a pool. */
  function poolOf(...phases: readonly FakeWorker['phase'][]): WorkerPool {
    const pool = new WorkerPool();
    for (const [index, phase] of phases.entries()) {
      const worker = new FakeWorker(index + 1);
      worker.become(phase);
      pool.add(worker.asHandle);
    }
    return pool;
  }

  function ids(workers: readonly { readonly id: number }[]): number[] {
    return workers.map(({ id }) => id);
  }

  it('knows workers by id, until they are removed', () => {
    const pool = poolOf('ready', 'ready');
    const second = pool.get(2);
    expect(second?.id).to.equal(2);
    if (second !== undefined) pool.remove(second);
    expect(pool.get(2)).to.equal(undefined);
    expect(ids(pool.all())).to.deep.equal([1]);
  });

  it('tells all, the active and the ready apart', () => {
    const pool = poolOf('starting', 'ready', 'draining', 'stopping', 'stopped');
    expect({ all: ids(pool.all()), active: ids(pool.active()), ready: ids(pool.ready()) }).to.deep.equal({
      all: [1, 2, 3, 4, 5],
      active: [1, 2],
      ready: [2],
    });
  });

  it('may be added to and removed from while its workers are gone through', () => {
    const pool = poolOf('ready', 'ready');
    for (const worker of pool.all()) {
      pool.remove(worker);
      pool.add(new FakeWorker(worker.id + 10).asHandle);
    }
    expect(ids(pool.all())).to.deep.equal([11, 12]);
  });

  it('tells whether a worker has a successor: another that starts or serves in its slot', () => {
    const pool = poolOf('ready', 'ready', 'draining');
    const leaving = pool.get(3) as WorkerHandle;
    const fresh = new FakeWorker(4, { slot: leaving.slot });
    expect(pool.hasSuccessor(leaving)).to.equal(false);
    pool.add(fresh.asHandle);
    expect([1, 2, 3, 4].map((id) => pool.hasSuccessor(pool.get(id) as WorkerHandle))).to.deep.equal([
      false,
      false,
      true,
      false,
    ]);
    fresh.become('stopping');
    expect(pool.hasSuccessor(leaving)).to.equal(false);
  });
});

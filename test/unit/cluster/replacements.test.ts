import { expect } from 'chai';
import { ReloadRunningError, Replacements } from '../../../src/cluster/replacements.ts';
import type { WorkerHandle } from '../../../src/cluster/worker-handle.ts';
import type { ReloadStatus } from '../../../src/ipc/status.ts';
import { FakeWorker } from './fixtures/fake-worker.ts';

/** Replacements of fake workers; a start ends when the test says so. */
class Bench {
  readonly workers: FakeWorker[];
  readonly done: string[] = [];
  readonly reports: ReloadStatus[] = [];
  readonly replacements: Replacements;
  readonly #starts: {
    readonly slot: number;
    readonly generation: number;
    readonly resolve: (worker: WorkerHandle) => void;
    readonly reject: (error: Error) => void;
  }[] = [];

  constructor(count: number) {
    this.workers = Array.from({ length: count }, (_, slot) => new FakeWorker(slot + 1, { slot }));
    this.replacements = new Replacements(
      {
        ready: () => this.workers.filter(({ phase }) => phase === 'ready').map(({ asHandle }) => asHandle),
        startReplacement: (slot) => {
          this.done.push(`start in ${slot}`);
          const { generation } = this.replacements;
          return new Promise((resolve, reject) => this.#starts.push({ slot, generation, resolve, reject }));
        },
        retire: ({ id }, reason) => {
          this.done.push(`retire ${id}: ${reason}`);
          this.workers.find((worker) => worker.id === id)?.become('draining');
        },
        wait: () => Promise.resolve(),
        now: () => 5_000,
      },
      (status) => this.reports.push(status),
    );
  }

  get starting(): number {
    return this.#starts.length;
  }

  /** The new worker that was asked for first becomes ready. */
  async becomeReady(): Promise<void> {
    await new Promise(setImmediate);
    const start = this.#starts.shift();
    if (start === undefined) throw new Error('nobody is starting');
    const fresh = new FakeWorker(100 + this.workers.length, {
      slot: start.slot,
      generation: start.generation,
    });
    this.workers.push(fresh);
    start.resolve(fresh.asHandle);
    await new Promise(setImmediate);
  }

  async failToStart(why: string): Promise<void> {
    await new Promise(setImmediate);
    this.#starts.shift()?.reject(new Error(why));
    await new Promise(setImmediate);
  }
}

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

describe('Replacements', () => {
  it('reload the workers of older generations one after the other', async () => {
    const bench = new Bench(2);
    const reload = bench.replacements.reload(0, () => {});
    expect(bench.replacements.generation).to.equal(2);
    await bench.becomeReady();
    await bench.becomeReady();
    expect((await reload).outcome).to.equal('done');
    expect(bench.done).to.deep.equal(['start in 0', 'retire 1: reload', 'start in 1', 'retire 2: reload']);
    expect(bench.replacements.status?.outcome).to.equal('done');
  });

  it('restart all workers at the same time', async () => {
    const bench = new Bench(3);
    const restart = bench.replacements.restart();
    await new Promise(setImmediate);
    expect(bench.starting).to.equal(3);
    for (let index = 0; index < 3; index += 1) await bench.becomeReady();
    await restart;
    expect(bench.reports.map(({ outcome, replaced, detail }) => [outcome, replaced, detail])).to.deep.equal([
      ['running', 0, 'restarting 3 workers'],
      ['done', 3, '3 workers restarted'],
    ]);
    expect(bench.done.slice(3)).to.deep.equal(['retire 1: restart', 'retire 2: restart', 'retire 3: restart']);
  });

  it('keep the worker whose successor did not start, and say so', async () => {
    const bench = new Bench(2);
    const restart = errorOf(bench.replacements.restart());
    await bench.failToStart('exit code 1 before it was ready');
    await bench.becomeReady();
    expect((await restart).message).to.equal('exit code 1 before it was ready');
    expect(bench.replacements.status).to.deep.include({
      outcome: 'failed',
      replaced: 1,
      detail: 'exit code 1 before it was ready; the workers not replaced go on serving',
    });
    expect(bench.workers[0]?.phase).to.equal('ready');
  });

  it('are refused while a reload or restart is under way, and possible after it', async () => {
    const bench = new Bench(1);
    const restart = bench.replacements.restart();
    expect(await errorOf(bench.replacements.reload(0, () => {}))).to.be.instanceOf(ReloadRunningError);
    expect((await errorOf(bench.replacements.restart())).message).to.equal(
      'A reload is under way; wait until it has ended.',
    );
    expect(bench.replacements.generation).to.equal(2);
    await bench.becomeReady();
    await restart;
    const reload = bench.replacements.reload(0, () => {});
    await bench.becomeReady();
    expect((await reload).generation).to.equal(3);
  });

  it('do not retire a worker that has left by itself meanwhile', async () => {
    const bench = new Bench(1);
    const [worker] = bench.workers as [FakeWorker];
    const replaced = bench.replacements.recycle(worker.asHandle, 'memory-limit');
    worker.become('stopped');
    await bench.becomeReady();
    await replaced;
    expect(bench.done).to.deep.equal(['start in 0']);
  });

  it('let a reload wait for a recycling, so that a slot does not get two successors', async () => {
    const bench = new Bench(1);
    const [worker] = bench.workers as [FakeWorker];
    const recycled = bench.replacements.recycle(worker.asHandle, 'memory-limit');
    const reload = bench.replacements.reload(0, () => {});
    await bench.becomeReady();
    await recycled;
    await bench.becomeReady();
    expect((await reload).outcome).to.equal('done');
    expect(
      bench.workers.filter(({ phase }) => phase === 'ready').map(({ id, generation }) => [id, generation]),
    ).to.deep.equal([[102, 2]]);
  });

  it('replace one worker for somebody who waits for the new one, and refuse to while all are replaced', async () => {
    const bench = new Bench(2);
    const [first, second] = bench.workers as [FakeWorker, FakeWorker];
    const replaced = bench.replacements.replaceOne(first.asHandle, 'restart');
    await bench.becomeReady();
    expect((await replaced).id).to.equal(102);
    expect(bench.done).to.deep.equal(['start in 0', 'retire 1: restart']);
    const restart = bench.replacements.restart();
    expect(await errorOf(bench.replacements.replaceOne(second.asHandle, 'restart'))).to.be.instanceOf(
      ReloadRunningError,
    );
    for (let index = 0; index < 2; index += 1) await bench.becomeReady();
    await restart;
  });

  it('keep the one worker whose successor does not start, and tell who waits', async () => {
    const bench = new Bench(1);
    const [worker] = bench.workers as [FakeWorker];
    const failure = errorOf(bench.replacements.replaceOne(worker.asHandle, 'restart'));
    await bench.failToStart('exit code 1 before it was ready');
    expect((await failure).message).to.equal('exit code 1 before it was ready');
    expect(worker.phase).to.equal('ready');
  });

  it('recycle nobody while all are replaced anyway', async () => {
    const bench = new Bench(2);
    const reload = bench.replacements.reload(0, () => {});
    await bench.replacements.recycle((bench.workers[1] as FakeWorker).asHandle, 'memory-limit');
    await bench.becomeReady();
    await bench.becomeReady();
    await reload;
    expect(bench.done).to.deep.equal(['start in 0', 'retire 1: reload', 'start in 1', 'retire 2: reload']);
  });
});

import { expect } from 'chai';
import { WorkerRecovery } from '../../../../src/scaling/worker-recovery.ts';
import { observation, observed, receipt, START_MS, status } from '../fixtures/cluster-fixtures.ts';

const OF_SEVEN = { atMs: START_MS, action: 'replace', target: 'worker-7', workerId: 7 } as const;

describe('WorkerRecovery', () => {
  let replaced: number[];
  let failure: Error | null;
  let recovery: WorkerRecovery;

  beforeEach(() => {
    replaced = [];
    failure = null;
    recovery = new WorkerRecovery({
      hungTimeoutMs: 30_000,
      recovery: {
        replaceHung: async (id) => {
          if (failure !== null) throw failure;
          replaced.push(id);
        },
      },
      limit: { actions: 2, periodMs: 60_000 },
    });
  });

  /** These workers are silent, `afterMs` after the start. */
  function tick(ids: readonly number[], afterMs = 0): Promise<void> {
    const workers = ids.map((id) => observed({}, { id, sampleAgeMs: 30_000 }));
    return recovery.tick(observation(workers, { atMs: START_MS + afterMs }), status([]));
  }

  it('has a hung worker replaced, once', async () => {
    await tick([7]);
    await tick([7], 1_000);
    expect(replaced).to.deep.equal([7]);
    expect(recovery.records()).to.deep.equal([
      { ...OF_SEVEN, outcome: 'asked', detail: 'no report within HUNG_TIMEOUT_MS' },
    ]);
  });

  it('asks again when the worker is still there after the period', async () => {
    await tick([7]);
    await tick([7], 60_000);
    expect(replaced).to.deep.equal([7, 7]);
  });

  it('leaves workers alone that report', async () => {
    await recovery.tick(observation([observed({}, { sampleAgeMs: 29_999 })]), status([]));
    expect(recovery.records()).to.deep.equal([]);
  });

  it('stops at its limit, says so, and goes on when the period is over', async () => {
    await tick([1, 2, 3]);
    expect(replaced).to.deep.equal([1, 2]);
    expect(recovery.records().at(-1)).to.deep.equal({
      action: 'replace',
      target: 'worker-3',
      atMs: START_MS,
      workerId: 3,
      outcome: 'limited',
      detail: '2 workers were replaced within 60 s, which is the limit',
    });
    await tick([3], 60_000);
    expect(replaced).to.deep.equal([1, 2, 3]);
  });

  it('records a replacement that failed', async () => {
    failure = new Error('no such worker');
    await tick([7]);
    expect(recovery.records()).to.deep.equal([{ ...OF_SEVEN, outcome: 'failed', detail: 'no such worker' }]);
  });

  it('only records where somebody else replaces them, each receipt once', async () => {
    const watching = new WorkerRecovery({ hungTimeoutMs: 30_000, recovery: null });
    const seen = status([], {
      receipts: [receipt({ workerId: 4, reason: 'hung' }), receipt({ workerId: 5, reason: 'reload' })],
    });
    const hung = observation([observed({}, { id: 4, sampleAgeMs: 40_000 })]);
    await watching.tick(hung, seen);
    await watching.tick(hung, seen);
    expect(watching.records().map(({ workerId, outcome }) => [workerId, outcome])).to.deep.equal([[4, 'replaced']]);
  });

  it('records in the order of time, whatever the order of the receipts', async () => {
    const receipts = [2, 1].map((id) => receipt({ workerId: id, reason: 'hung', startedAtMs: START_MS + id }));
    await recovery.tick(observation([]), status([], { receipts }));
    expect(recovery.records().map(({ workerId }) => workerId)).to.deep.equal([1, 2]);
  });

  it('keeps the latest 50 records', async () => {
    const receipts = Array.from({ length: 60 }, (_, id) => receipt({ workerId: id, reason: 'hung' }));
    await recovery.tick(observation([]), status([], { receipts }));
    const ids = recovery.records().map(({ workerId }) => workerId);
    expect([ids.length, ids[0], ids.at(-1)]).to.deep.equal([50, 10, 59]);
  });
});

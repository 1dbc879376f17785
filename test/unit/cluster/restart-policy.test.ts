import { expect } from 'chai';
import fc from 'fast-check';
import { nextRestart, type RestartHistory, type RestartLimits } from '../../../src/cluster/restart-policy.ts';
import { SEEDED } from '../scaling/balancing/candidates.ts';

const LIMITS: RestartLimits = {
  minUptimeMs: 1_000,
  backoffMs: 100,
  backoffMaxMs: 15_000,
  maxRestarts: 6,
  periodMs: 60_000,
};

/** Delays of a slot whose every start fails `livedMs` after it was made. */
function delaysOf(failures: number, livedMs: number, limits: RestartLimits = LIMITS): number[] {
  let history: RestartHistory = [];
  let startedAtMs = 1_000_000;
  return Array.from({ length: failures }, () => {
    const nowMs = startedAtMs + livedMs;
    const verdict = nextRestart(limits, history, startedAtMs, false, nowMs);
    history = verdict.history;
    startedAtMs = verdict.restartAtMs;
    return verdict.restartAtMs - nowMs;
  });
}

describe('restart policy', () => {
  it('restarts at once a worker that has lived long, and forgets its failed starts', () => {
    expect(nextRestart(LIMITS, [8_000, 9_000], 10_000, true, 11_000)).to.deep.equal({
      history: [],
      failedStart: false,
      restartAtMs: 11_000,
    });
  });

  it('takes a life just below the minimum for a failed start', () => {
    expect(nextRestart(LIMITS, [], 10_000, true, 10_999)).to.deep.equal({
      history: [10_999],
      failedStart: true,
      restartAtMs: 11_099,
    });
  });

  it('takes a worker that never was ready for a failed start, however long it tried', () => {
    const { failedStart, restartAtMs } = nextRestart(LIMITS, [], 0, false, 500_000);
    expect({ failedStart, restartAtMs }).to.deep.equal({ failedStart: true, restartAtMs: 500_100 });
  });

  it('doubles the delay with each failed start', () => {
    expect(delaysOf(5, 10)).to.deep.equal([100, 200, 400, 800, 1_600]);
  });

  it('waits the longest back-off from the last failed start on that the period allows', () => {
    expect(delaysOf(7, 10)).to.deep.equal([100, 200, 400, 800, 1_600, 15_000, 15_000]);
  });

  it('does not wait the longest back-off for failed starts that are a period apart', () => {
    const apart = nextRestart(LIMITS, [0, 1, 2, 3, 4], 60_004, false, 60_004);
    expect(apart.restartAtMs - 60_004).to.be.below(15_000);
  });

  it('starts with a short delay again after a long life', () => {
    const failed = nextRestart(LIMITS, [0, 1_000, 2_000], 3_000, true, 3_500);
    const lived = nextRestart(LIMITS, failed.history, failed.restartAtMs, true, failed.restartAtMs + 5_000);
    const again = nextRestart(LIMITS, lived.history, 20_000, false, 20_100);
    expect(again.restartAtMs).to.equal(20_200);
  });

  const anyLimits = fc.record({
    minUptimeMs: fc.integer({ min: 0, max: 5_000 }),
    backoffMs: fc.integer({ min: 1, max: 1_000 }),
    backoffMaxMs: fc.integer({ min: 1_000, max: 60_000 }),
    maxRestarts: fc.integer({ min: 17, max: 40 }),
    periodMs: fc.integer({ min: 1_000, max: 600_000 }),
  });

  it('never waits longer than the longest back-off, nor restarts in the past', () => {
    const lives = fc.array(fc.record({ livedMs: fc.integer({ min: 0, max: 10_000 }), wasReady: fc.boolean() }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(anyLimits, lives, (limits, exits) => {
        let history: RestartHistory = [];
        let startedAtMs = 0;
        for (const { livedMs, wasReady } of exits) {
          const nowMs = startedAtMs + livedMs;
          const verdict = nextRestart(limits, history, startedAtMs, wasReady, nowMs);
          expect(verdict.restartAtMs - nowMs).to.be.within(0, limits.backoffMaxMs);
          expect(verdict.failedStart).to.equal(!wasReady || livedMs < limits.minUptimeMs);
          if (!verdict.failedStart) expect(verdict.restartAtMs).to.equal(nowMs);
          history = verdict.history;
          startedAtMs = verdict.restartAtMs;
        }
      }),
      { ...SEEDED, numRuns: 200 },
    );
  });

  it('never waits less than before while starts go on failing', () => {
    fc.assert(
      fc.property(anyLimits, fc.integer({ min: 0, max: 2_000 }), (limits, livedMs) => {
        const delays = delaysOf(80, livedMs, limits);
        expect(delays).to.deep.equal([...delays].sort((left, right) => left - right));
        expect(delays.at(-1)).to.equal(limits.backoffMaxMs);
      }),
      { ...SEEDED, numRuns: 200 },
    );
  });

  it('remembers no more than it needs of a slot that fails for days', () => {
    let history: RestartHistory = [];
    for (let atMs = 0; atMs < 7 * 86_400_000; atMs += 15_000) {
      history = nextRestart(LIMITS, history, atMs, false, atMs).history;
    }
    expect(history.length).to.be.below(200);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterOutcome,
  atTime,
  type BreakerLimits,
  type BreakerState,
  CLOSED,
} from '../../../../src/scaling/balancing/circuit-breaker.ts';
import { SEEDED } from './candidates.ts';

const LIMITS: BreakerLimits = { failureThreshold: 3, successThreshold: 2, resetTimeoutMs: 1_000 };

/** The state after these outcomes, all at `nowMs`. */
function stateAfter(breaker: BreakerState, outcomes: readonly boolean[], nowMs: number, limits = LIMITS): BreakerState {
  return outcomes.reduce((state, ok) => afterOutcome(state, ok, limits, nowMs), breaker);
}

describe('circuit breaker', () => {
  it('opens after as many failures in a row as the threshold says, for the reset timeout', () => {
    expect(stateAfter(CLOSED, [false, false], 100)).to.deep.equal({ state: 'closed', failures: 2 });
    expect(stateAfter(CLOSED, [false, false, false], 100)).to.deep.equal({ state: 'open', untilMs: 1_100 });
  });

  it('forgets failures at the first success', () => {
    expect(stateAfter(CLOSED, [false, false, true, false, false], 0)).to.deep.equal({ state: 'closed', failures: 2 });
  });

  it('is half-open from the end of the timeout on, not before', () => {
    const open = stateAfter(CLOSED, [false, false, false], 0);
    expect(atTime(open, 999)).to.equal(open);
    expect(atTime(open, 1_000)).to.deep.equal({ state: 'half-open', successes: 0 });
  });

  it('does not change with time alone when it is closed or half-open', () => {
    const halfOpen: BreakerState = { state: 'half-open', successes: 1 };
    expect(atTime(halfOpen, 1e12)).to.equal(halfOpen);
    expect(atTime(CLOSED, 1e12)).to.equal(CLOSED);
  });

  it('closes after as many successes in half-open as the threshold says', () => {
    const halfOpen = atTime({ state: 'open', untilMs: 0 }, 0);
    expect(stateAfter(halfOpen, [true], 0)).to.deep.equal({ state: 'half-open', successes: 1 });
    expect(stateAfter(halfOpen, [true, true], 0)).to.deep.equal(CLOSED);
  });

  it('opens again at one failure in half-open, for a whole timeout from then', () => {
    const halfOpen = atTime({ state: 'open', untilMs: 1_000 }, 1_000);
    expect(stateAfter(halfOpen, [true, false], 1_500)).to.deep.equal({ state: 'open', untilMs: 2_500 });
  });

  it('takes the first outcome after the timeout as that of half-open', () => {
    const open: BreakerState = { state: 'open', untilMs: 1_000 };
    expect(stateAfter(open, [true], 1_000)).to.deep.equal({ state: 'half-open', successes: 1 });
    expect(stateAfter(open, [false], 1_000)).to.deep.equal({ state: 'open', untilMs: 2_000 });
  });

  it('lets outcomes while open change nothing, nor prolong it', () => {
    const open: BreakerState = { state: 'open', untilMs: 1_000 };
    expect(stateAfter(open, [true, false, true, true, false], 999)).to.equal(open);
  });

  it('never goes from open to closed, and never closes without the successes asked for', () => {
    const steps = fc.array(fc.record({ ok: fc.boolean(), waitMs: fc.integer({ min: 0, max: 700 }) }), {
      maxLength: 60,
    });
    const anyLimits = fc.record({
      failureThreshold: fc.integer({ min: 1, max: 5 }),
      successThreshold: fc.integer({ min: 2, max: 4 }),
      resetTimeoutMs: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(anyLimits, steps, (limits, outcomes) => {
        let state: BreakerState = CLOSED;
        let [nowMs, openedAtMs, successes] = [0, 0, 0];
        for (const { ok, waitMs } of outcomes) {
          nowMs += waitMs;
          const next = afterOutcome(state, ok, limits, nowMs);
          if (state.state === 'open' && nowMs < openedAtMs + limits.resetTimeoutMs) expect(next).to.equal(state);
          if (state.state === 'open') successes = 0;
          successes = ok ? successes + 1 : 0;
          if (state.state !== 'closed' && next.state === 'closed') {
            expect(state.state).to.equal('half-open');
            expect(successes).to.be.at.least(limits.successThreshold);
          }
          if (next.state === 'open' && state !== next) {
            expect(ok).to.equal(false);
            openedAtMs = nowMs;
          }
          state = next;
        }
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });
});

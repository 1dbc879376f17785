import { expect } from 'chai';
import fc from 'fast-check';
import {
  afterFailure,
  afterGoodProbe,
  type Degradation,
  NEVER_DEGRADED,
} from '../../../../../src/scaling/state/fallback/degradation.ts';

const LIMITS = { firstHoldMs: 500, longestHoldMs: 4_000, calmMs: 30_000 };

function fails(now: Degradation, nowMs: number, reason = 'away'): Degradation {
  return afterFailure(now, reason, nowMs, LIMITS);
}

/** Degraded at `failMs`, with good probes every 100 ms from then on: when it is back. */
function returnedAfter(before: Degradation, failMs: number): { state: Degradation; returnedMs: number } {
  let state = fails(before, failMs);
  for (let nowMs = failMs + 100; ; nowMs += 100) {
    state = afterGoodProbe(state, nowMs);
    if (state.state === 'healthy') return { state, returnedMs: nowMs };
  }
}

describe('degradation', () => {
  it('begins with the first failure and keeps its reason', () => {
    const state = fails(fails(NEVER_DEGRADED, 100, 'first'), 200, 'second');
    expect(state).to.deep.equal({
      state: 'degraded',
      sinceMs: 100,
      reason: 'first',
      holdMs: 500,
      goodSinceMs: null,
    });
  });

  it('ends when probes have gone well for the hold, not with the first', () => {
    let state = afterGoodProbe(fails(NEVER_DEGRADED, 0), 1_000);
    expect(state.state).to.equal('degraded');
    state = afterGoodProbe(state, 1_499);
    expect(state.state).to.equal('degraded');
    expect(afterGoodProbe(state, 1_500)).to.deep.equal({ state: 'healthy', returnedMs: 1_500, holdMs: 500 });
  });

  it('counts good probes anew after one that failed', () => {
    let state = afterGoodProbe(fails(NEVER_DEGRADED, 0), 1_000);
    state = fails(state, 1_400);
    state = afterGoodProbe(state, 1_600);
    expect(afterGoodProbe(state, 2_000).state).to.equal('degraded');
    expect(afterGoodProbe(state, 2_100).state).to.equal('healthy');
  });

  it('holds twice as long each time it fails soon after its return, up to the longest', () => {
    let state: Degradation = NEVER_DEGRADED;
    let nowMs = 0;
    const heldMs: number[] = [];
    for (let episode = 0; episode < 6; episode += 1) {
      const back = returnedAfter(state, nowMs);
      heldMs.push(back.returnedMs - nowMs - 100);
      ({ state } = back);
      nowMs = back.returnedMs + 10;
    }
    expect(heldMs).to.deep.equal([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('forgets that after a calm time', () => {
    const { state, returnedMs } = returnedAfter(returnedAfter(NEVER_DEGRADED, 0).state, 700);
    expect(fails(state, returnedMs + 29_999)).to.include({ holdMs: 2_000 });
    expect(fails(state, returnedMs + 30_000)).to.include({ holdMs: 500 });
  });

  it('is left as it is by a good probe while healthy', () => {
    expect(afterGoodProbe(NEVER_DEGRADED, 5)).to.equal(NEVER_DEGRADED);
  });

  it('changes sides at most so often, whatever fails and when', () => {
    const events = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.boolean()), { maxLength: 3_000 });
    fc.assert(
      fc.property(events, (steps) => {
        let state: Degradation = NEVER_DEGRADED;
        let nowMs = 0;
        const returns: number[] = [];
        for (const [afterMs, ok] of steps) {
          nowMs += afterMs;
          const before: string = state.state;
          state = ok ? afterGoodProbe(state, nowMs) : fails(state, nowMs);
          if (before === 'degraded' && state.state === 'healthy') returns.push(nowMs);
        }
        // Three short holds, then one of 4 s between any two returns that follow each other within the calm time.
        for (const from of returns) {
          expect(returns.filter((ms) => ms >= from && ms < from + 20_000).length).to.be.at.most(4 + 20_000 / 4_000);
        }
      }),
      { numRuns: 50 },
    );
  });
});

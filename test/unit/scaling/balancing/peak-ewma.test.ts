import { expect } from 'chai';
import fc from 'fast-check';
import { observeLatency, PeakEwma } from '../../../../src/scaling/balancing/peak-ewma.ts';
import { contextOf, countPicks, poolOf, SEEDED, type TestCandidate } from './candidates.ts';

const UNMEASURED = { latencyMs: 0, latencyAtMs: 0 };

describe('observeLatency', () => {
  it('takes the first value as it is', () => {
    expect(observeLatency(UNMEASURED, 12, 5_000)).to.deep.equal({ latencyMs: 12, latencyAtMs: 5_000 });
  });

  it('rises at once', () => {
    expect(observeLatency({ latencyMs: 20, latencyAtMs: 0 }, 100, 1)).to.deep.equal({ latencyMs: 100, latencyAtMs: 1 });
  });

  it('falls exponentially with the time since the last observation', () => {
    const later = observeLatency({ latencyMs: 100, latencyAtMs: 0 }, 20, 10_000);
    expect(later.latencyMs).to.be.closeTo(20 + 80 / Math.E, 1e-9);
    expect(later.latencyAtMs).to.equal(10_000);
    expect(observeLatency({ latencyMs: 100, latencyAtMs: 0 }, 20, 500, 500).latencyMs).to.be.closeTo(49.43, 0.01);
  });

  it('does not fall within one moment, nor when the clock goes back', () => {
    expect(observeLatency({ latencyMs: 100, latencyAtMs: 50 }, 20, 50).latencyMs).to.equal(100);
    expect(observeLatency({ latencyMs: 100, latencyAtMs: 50 }, 20, 40).latencyMs).to.equal(100);
  });

  it('ignores what is not a finite number, and counts a measured 0 as measured', () => {
    const state = { latencyMs: 10, latencyAtMs: 0 };
    expect(observeLatency(state, Number.NaN, 1_000)).to.equal(state);
    expect(observeLatency(state, Number.POSITIVE_INFINITY, 1_000)).to.equal(state);
    expect(observeLatency(UNMEASURED, 0, 1_000).latencyMs).to.be.above(0);
  });

  it('stays between the observation and what was, and changes nothing given', () => {
    const millis = fc.double({ min: 0.01, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(millis, millis, fc.integer({ min: 0, max: 100_000 }), (before, observed, nowMs) => {
        const state = Object.freeze({ latencyMs: before, latencyAtMs: 0 });
        const { latencyMs } = observeLatency(state, observed, nowMs);
        expect(latencyMs).to.be.at.least(observed * (1 - 1e-12));
        expect(latencyMs).to.be.at.most(Math.max(before, observed) * (1 + 1e-12));
      }),
      SEEDED,
    );
  });
});

describe('peak-ewma', () => {
  /** Picked of two, whatever the draw. */
  function preferred(...pool: Partial<TestCandidate>[]): number | undefined {
    const ids = new Set(
      Array.from({ length: 20 }, (_, seed) => new PeakEwma().pick(poolOf(...pool), contextOf(seed))?.id),
    );
    expect(ids.size).to.equal(1);
    return [...ids][0];
  }

  it('weighs latency against the work outstanding', () => {
    const at = { latencyAtMs: 1_000 };
    expect(preferred({ ...at, latencyMs: 10, active: 4 }, { ...at, latencyMs: 30, active: 1 })).to.equal(1);
    expect(preferred({ ...at, latencyMs: 10, active: 6 }, { ...at, latencyMs: 30, active: 1 })).to.equal(2);
    expect(preferred({ ...at, latencyMs: 10, active: 6, weight: 2 }, { ...at, latencyMs: 30, active: 1 })).to.equal(1);
  });

  it('lets an old latency fade, so that a once slow worker is tried again', () => {
    const policy = new PeakEwma();
    const pool = poolOf({ latencyMs: 200, latencyAtMs: 0 }, { latencyMs: 100, latencyAtMs: 10_000 });
    expect(policy.pick(pool, { nowMs: 0, random: () => 0.3 })?.id).to.equal(2);
    expect(policy.pick(pool, { nowMs: 10_000, random: () => 0.3 })?.id).to.equal(1);
  });

  it('tries an unmeasured worker with one piece of work, and not with a second before it has answered', () => {
    const measured = { latencyMs: 50, latencyAtMs: 1_000, active: 20 };
    expect(preferred(measured, { latencyMs: 0 })).to.equal(2);
    expect(preferred(measured, { latencyMs: 0, active: 1 })).to.equal(1);
  });

  it('goes by the work outstanding when all latencies have faded to nothing, or none is known', () => {
    expect(
      preferred({ latencyMs: 9, latencyAtMs: -1e9, active: 2 }, { latencyMs: 1, latencyAtMs: -1e9, active: 1 }),
    ).to.equal(2);
    expect(preferred({ active: 2 }, { active: 1 })).to.equal(2);
  });

  it('keeps most of the load off a slow worker, but asks it now and then', () => {
    const pool = poolOf({}, {}, {});
    const service = [5, 5, 50];
    const policy = new PeakEwma();
    const counts = [0, 0, 0];
    const running: { candidate: TestCandidate; endsAtMs: number; tookMs: number }[] = [];
    const context = contextOf(7);
    for (let nowMs = 0; nowMs < 60_000; nowMs += 2) {
      for (const request of running.filter(({ endsAtMs }) => endsAtMs <= nowMs)) {
        running.splice(running.indexOf(request), 1);
        request.candidate.active--;
        Object.assign(request.candidate, observeLatency(request.candidate, request.tookMs, nowMs));
      }
      const candidate = policy.pick(pool, { ...context, nowMs }) as TestCandidate;
      const tookMs = service[candidate.slot] as number;
      counts[candidate.slot] = (counts[candidate.slot] as number) + 1;
      candidate.active++;
      running.push({ candidate, endsAtMs: nowMs + tookMs, tookMs });
    }
    const [first, second, slow] = counts as [number, number, number];
    expect(slow).to.be.within(3, 0.05 * (first + second));
    expect(first / second).to.be.within(0.9, 1.1);
  });

  it('spreads evenly over equal, measured workers', () => {
    const pool = poolOf(...[1, 2, 3, 4].map(() => ({ latencyMs: 20, latencyAtMs: 1_000 })));
    const counts = countPicks(new PeakEwma(), pool, 4_000, (picked) => picked.active++);
    expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(10);
  });
});

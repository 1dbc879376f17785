import { expect } from 'chai';
import { slacksOf, usualWaitMs } from '../../../../../src/scaling/autoscale/demand/own-time.ts';
import { plannedLoad } from '../../../../../src/scaling/autoscale/demand/planned-load.ts';
import {
  type LoopFigures,
  NO_QUEUEING,
  observeQueueing,
  type QueueingState,
  queueingScaleMs,
} from '../../../../../src/scaling/autoscale/demand/queueing.ts';
import { sampleOf } from '../../../../../src/scaling/autoscale/series.ts';
import { observation, START_MS, workersAt } from '../fixtures/observations.ts';

const GIVEN = { serviceSeconds: 0.01, variability: 1, waitMs: 190, isSteady: true };

/** As many seconds as there are entries, of the same loops; steady from the start. */
function seen(seconds: readonly (readonly LoopFigures[])[], given = GIVEN): QueueingState {
  return seconds.reduce(
    (state, loops, index) => observeQueueing(state, { atMs: START_MS + index * 1_000, traffic: null }, loops, given),
    NO_QUEUEING as QueueingState,
  );
}

const minutes = (count: number, loops: readonly LoopFigures[]) => new Array<typeof loops>(count * 60).fill(loops);
const loop = (id: number, busy: number, delayMs: number): LoopFigures => ({ id, busy, delayMs });

describe('the scale of a loop’s queue', () => {
  it('is assumed to be the service time until it is measured, and unknown without that', () => {
    expect(queueingScaleMs(NO_QUEUEING, GIVEN)).to.equal(10);
    expect(queueingScaleMs(NO_QUEUEING, { ...GIVEN, serviceSeconds: null })).to.equal(null);
  });

  it('is measured from how late loops are at the utilization they have', () => {
    // At 0.7, the 99th percentile of a wait is ln(0.7 ÷ 0.01) ÷ 0.3 = 14.16 scales: 56.6 ms are a scale of 4 ms.
    expect(queueingScaleMs(seen(minutes(10, [loop(1, 0.7, 56.6)])), GIVEN)).to.be.closeTo(4, 0.3);
  });

  it('follows how often loops are later than the objective leaves, be the mean as it may', () => {
    const usual = loop(1, 0.7, 20);
    const calm = queueingScaleMs(seen(minutes(5, [usual])), GIVEN) as number;
    const long = Array.from({ length: 300 }, (_, second) => [second % 20 === 0 ? loop(1, 0.7, 400) : usual]);
    expect(queueingScaleMs(seen(long), GIVEN)).to.be.above(3 * calm);
  });

  it('learns nothing while the load changes, nor in the ten seconds after', () => {
    const burst = minutes(1, [loop(1, 0.7, 5_000)]);
    expect(queueingScaleMs(seen(burst, { ...GIVEN, isSteady: false }), GIVEN)).to.equal(10);
    const after = observeQueueing(
      seen(burst, { ...GIVEN, isSteady: false }),
      { atMs: START_MS + 65_000, traffic: null },
      [loop(1, 0.7, 5_000)],
      GIVEN,
    );
    expect(queueingScaleMs(after, GIVEN)).to.equal(10);
  });
});

describe('the unevenness of workers', () => {
  it('is the squared variation of their loads', () => {
    const { unevenness } = seen(minutes(5, [loop(1, 0.4, 1), loop(2, 0.6, 1), loop(3, 0.8, 1)]));
    // Mean 0.6, variance 0.04: 0.111, less what chance makes.
    expect(unevenness).to.be.closeTo(0.111, 0.003);
  });

  it('is none where chance explains it, and for a single worker', () => {
    expect(seen(minutes(5, [loop(1, 0.6, 30), loop(2, 0.61, 30)])).unevenness).to.equal(0);
    expect(seen(minutes(5, [loop(1, 0.6, 30)])).unevenness).to.equal(0);
  });
});

describe('what a request may wait', () => {
  const known = { latencyBoundsMs: [50, 100, 200, 400], latencies: [60, 20, 20, 100, 0] };

  it('is what its own time leaves of the objective; who is late by himself does not count', () => {
    expect(slacksOf(known, 10, 250)).to.deep.equal([
      { waitMs: 200, share: 0.75 },
      { waitMs: 150, share: 0.25 },
    ]);
  });

  it('is the same for all that take less than a sixteenth of it', () => {
    const quick = { latencyBoundsMs: [1, 5, 10, 100], latencies: [50, 25, 15, 10, 0] };
    expect(slacksOf(quick, 2, 250)).to.deep.equal([
      { waitMs: 240, share: 0.9 },
      { waitMs: 150, share: 0.1 },
    ]);
  });

  it('is what the service time leaves, while few requests are known', () => {
    expect(slacksOf({ latencyBoundsMs: [], latencies: [] }, 10, 250)).to.deep.equal([{ waitMs: 240, share: 1 }]);
    expect(usualWaitMs(slacksOf(known, 10, 250))).to.equal(200);
  });
});

describe('the load that is planned for', () => {
  const evidence = (elus: readonly number[]) => {
    const series = elus.map((elu, index) =>
      sampleOf(observation({ workers: workersAt(4, { elu }), atMs: START_MS + 1_000 * (index + 1) }), {
        staleAfterMs: 3_000,
        warmUpMs: 3_000,
      }),
    );
    return { nowMs: START_MS + 1_000 * elus.length, series, newest: series.at(-1) ?? null };
  };
  const tens = (last: number) => evidence([...new Array<number>(9).fill(0.6), last]);

  it('is that of ten seconds, when three differ from it by no more than chance', () => {
    const load = plannedLoad(tens(0.65), 0.01, null, false);
    expect(load?.present).to.be.closeTo(2.42, 1e-9);
    expect(load?.isSteady).to.equal(true);
  });

  it('is that of three seconds, when chance does not explain it', () => {
    const load = plannedLoad(evidence([...new Array<number>(9).fill(0.5), 0.85]), 0.01, null, false);
    expect(load?.present).to.be.closeTo((2 + 2 + 3.4) / 3, 1e-9);
    expect(load?.isSteady).to.equal(false);
  });

  it('takes dear requests for more uneven than cheap ones', () => {
    expect(plannedLoad(tens(0.85), 0.2, null, false)?.present).to.be.closeTo(2.5, 1e-9);
  });

  it('is that of the latest second in a burst', () => {
    expect(plannedLoad(tens(0.89), 0.01, null, true)?.present).to.be.closeTo(3.56, 1e-9);
  });
});

import { expect } from 'chai';
import { DEFAULT_DEMAND } from '../../../../../src/scaling/autoscale/demand/demand-policy.ts';
import { backlogWhenReady, workersNeeded } from '../../../../../src/scaling/autoscale/demand/need.ts';
import {
  backlogSeconds,
  busyErlangs,
  offeredLoad,
  sharedBacklogSeconds,
} from '../../../../../src/scaling/autoscale/demand/offered-load.ts';
import { burstIn, isOverload, mayAsk, nextPanic } from '../../../../../src/scaling/autoscale/demand/panic.ts';
import {
  NO_SERVICE,
  observeService,
  serviceSeconds,
} from '../../../../../src/scaling/autoscale/demand/service-time.ts';
import { targetUtilization } from '../../../../../src/scaling/autoscale/demand/target-utilization.ts';
import type { Observation } from '../../../../../src/scaling/autoscale/observation.ts';
import { type Sample, sampleOf } from '../../../../../src/scaling/autoscale/series.ts';
import { observation, requests, START_MS, starting, worker, workersAt } from '../fixtures/observations.ts';

const FRESHNESS = { staleAfterMs: 3_000, warmUpMs: 3_000 };

function sample(given: Partial<Observation> = {}): Sample {
  return sampleOf(observation(given), FRESHNESS);
}

/** Samples one second apart, the newest now. */
function evidence(samples: readonly Partial<Observation>[]) {
  const nowMs = START_MS + 1_000 * samples.length;
  const series = samples.map((given, index) => sample({ ...given, atMs: START_MS + 1_000 * (index + 1) }));
  return { nowMs, series, newest: series.at(-1) ?? null };
}

describe('the load that workers are busy with', () => {
  it('is the sum of their event loops’ utilization, the time without a core left out', () => {
    const workers = [worker(1, { elu: 0.9, runDelay: 0.3 }), worker(2, { elu: 0.5, runDelay: null })];
    expect(busyErlangs(sample({ workers }))).to.be.closeTo(1.1, 1e-9);
  });

  it('is 2 on two cores, however many workers share them', () => {
    const workers = workersAt(8, { elu: 1, runDelay: 0.75 });
    expect(busyErlangs(sample({ workers }))).to.equal(2);
  });

  it('takes a worker that warms up for no busier than the others are', () => {
    const warming = { readyAtMs: START_MS - 1_000 };
    const workers = [worker(1, { elu: 0.4 }), worker(2, { elu: 1 }, warming), worker(3, { elu: 0.1 }, warming)];
    expect(busyErlangs(sample({ workers }))).to.be.closeTo(0.4 + 0.4 + 0.1, 1e-9);
  });

  it('is unknown while no worker is warmed up', () => {
    expect(busyErlangs(sample({ workers: [starting(1)] }))).to.equal(null);
  });
});

describe('the backlog', () => {
  it('is how late saturated loops are, or what their requests in flight will take', () => {
    const late = sample({ workers: [worker(1, { elu: 1, loopDelayP99Ms: 700, inFlight: 3 }), worker(2)] });
    expect(backlogSeconds(late, 0.02)).to.equal(0.7);
    const full = sample({ workers: [worker(1, { elu: 1, loopDelayP99Ms: 20, inFlight: 60 }), worker(2)] });
    expect(backlogSeconds(full, 0.02)).to.equal(1.2);
    expect(backlogSeconds(full, null)).to.equal(0.02);
  });

  it('is none where loops have time, however many requests wait for something else', () => {
    const workers = workersAt(2, { elu: 0.5, inFlight: 400, loopDelayP99Ms: 15 });
    expect(backlogSeconds(sample({ workers }), 0.02)).to.equal(0);
  });

  it('has what no worker has taken yet', () => {
    expect(backlogSeconds(sample({ queued: 50 }), 0.02)).to.equal(1);
  });

  it('counts for as much as others could take over', () => {
    const one = worker(1, { elu: 1, loopDelayP99Ms: 1_000 });
    const idle = [2, 3, 4].map((id) => worker(id, { elu: 0.2 }));
    expect(sharedBacklogSeconds(sample({ workers: [one, ...idle] }), null)).to.equal(0.25);
  });
});

describe('the offered load', () => {
  it('is the mean of what was worked off, when nothing waits', () => {
    const seen = evidence([0.3, 0.4, 0.5, 0.6].map((elu) => ({ workers: workersAt(2, { elu }) })));
    expect(offeredLoad(seen, 3_000, 0.02)).to.be.closeTo(1, 1e-9);
    expect(offeredLoad(seen, 10_000, 0.02)).to.be.closeTo(0.9, 1e-9);
  });

  it('sees above capacity by what the backlog grows', () => {
    // One worker, saturated; each second 1.5 s of work more wait: 2.5 erlangs are offered.
    const late = (seconds: number) => ({
      workers: [worker(1, { elu: 1, inFlight: 0, loopDelayP99Ms: seconds * 1_000 })],
    });
    expect(offeredLoad(evidence([0, 1.5, 3, 4.5].map(late)), 3_000, 0.02)).to.be.closeTo(2.5, 1e-9);
    // And below, while the backlog shrinks.
    expect(offeredLoad(evidence([3, 2.5, 2, 1.5].map(late)), 3_000, 0.02)).to.be.closeTo(0.5, 1e-9);
  });

  it('is unknown when nobody told', () => {
    expect(offeredLoad(evidence([{ workers: [] }]), 3_000, null)).to.equal(null);
  });
});

describe('the service time', () => {
  const second = (elu: number, count: number) =>
    sample({ workers: workersAt(2, { elu }), traffic: requests(count, 30) });

  it('is loop time ÷ completed requests', () => {
    // 2 × 0.5 s of loop time for 50 requests.
    expect(serviceSeconds(observeService(NO_SERVICE, second(0.5, 50)))).to.be.closeTo(0.02, 1e-9);
  });

  it('follows a deployment that makes requests dearer: half of the old is forgotten in a minute', () => {
    let state = NO_SERVICE;
    for (let count = 0; count < 600; count += 1) state = observeService(state, second(0.25, 50));
    expect(serviceSeconds(state)).to.be.closeTo(0.01, 1e-6);
    for (let count = 0; count < 60; count += 1) state = observeService(state, second(0.75, 50));
    expect(serviceSeconds(state)).to.be.closeTo(0.02, 1e-4);
  });

  it('is unknown before five requests, and untouched by what is missing', () => {
    expect(serviceSeconds(observeService(NO_SERVICE, second(0.5, 4)))).to.equal(null);
    const known = observeService(NO_SERVICE, second(0.5, 50));
    expect(observeService(known, sample({ traffic: null }))).to.equal(known);
    // An idle second makes old figures older, and no request dearer.
    expect(serviceSeconds(observeService(known, second(0.1, 0)))).to.be.closeTo(0.02, 1e-9);
  });
});

describe('the target utilization', () => {
  const policy = { ...DEFAULT_DEMAND, waitQuantile: 0.98, maxUtilization: 0.85 };
  const target = (scaleMs: number | null, waitMs: number, unevenness = 0) =>
    targetUtilization(scaleMs, [{ waitMs, share: 1 }], unevenness, policy);

  it('is the largest at which 98 % wait no longer than the objective leaves', () => {
    // 0.6187 · exp(−9 · 0.3813) = 0.02
    expect(target(20, 180)).to.be.closeTo(0.6187, 0.001);
    const tail = (rho: number) => rho * Math.exp((-(1 - rho) * 180) / 20);
    expect(tail(target(20, 180))).to.be.closeTo(0.02, 1e-3);
  });

  it('is the most allowed where waits are short, and when nothing is known', () => {
    expect(target(5, 495)).to.equal(0.85);
    expect(target(null, 500)).to.equal(0.85);
  });

  it('is 0.4 at least: where a request itself takes the objective, workers make nothing faster', () => {
    expect(target(450, 50)).to.equal(0.4);
    expect(target(2_000, -1_500)).to.equal(0.4);
  });

  it('never rises as requests get dearer', () => {
    const utilizations = [1, 5, 10, 20, 40, 80, 160, 320].map((ms) => target(ms, 500 - ms));
    expect(utilizations).to.deep.equal([...utilizations].sort((a, b) => b - a));
  });

  it('leaves room on the mean worker where some get more than the mean', () => {
    // A sixth of the workers is √3 · 0.2 = 35 % busier: at 0.74 of the mean they have no time left.
    expect(target(5, 495, 0.04)).to.be.within(0.6, 0.74);
  });

  it('minds what each request’s own time leaves of the objective', () => {
    const slacks = [
      { waitMs: 180, share: 0.9 },
      { waitMs: 60, share: 0.1 },
    ];
    const mixed = targetUtilization(10, slacks, 0, policy);
    expect(mixed).to.be.below(target(10, 180));
    expect(mixed).to.be.above(target(10, 60));
  });
});

describe('the number needed', () => {
  it('is the load ÷ the target utilization, rounded up, less a twentieth of a worker', () => {
    expect(workersNeeded(2.9, 0, 0.85, 5_000)).to.equal(4);
    expect(workersNeeded(1.7, 0, 0.85, 5_000)).to.equal(2);
    expect(workersNeeded(1.74, 0, 0.85, 5_000)).to.equal(2);
    expect(workersNeeded(1.75, 0, 0.85, 5_000)).to.equal(3);
  });

  it('has room for what waits, to be worked off within the drain time', () => {
    expect(workersNeeded(2.9, 10, 0.85, 5_000)).to.equal(6);
  });

  it('is at most twice what the load alone needs, however much waits', () => {
    expect(workersNeeded(2.9, 1_000, 0.85, 5_000)).to.equal(8);
  });

  it('reckons with what comes until a worker is ready, as far as clients have patience', () => {
    expect(backlogWhenReady(6, 7, 1, 2_000)).to.equal(18);
    expect(backlogWhenReady(6, 7, 1, 60_000)).to.equal(35);
    expect(backlogWhenReady(6, 2, 4, 2_000)).to.equal(6);
  });

  it('is at least one', () => {
    expect(workersNeeded(0, 0, 0.85, 5_000)).to.equal(1);
  });
});

describe('a burst', () => {
  const policy = DEFAULT_DEMAND;

  it('is all loops saturated and more than half of the objective waiting for each', () => {
    const at = (elu: number, loopDelayP99Ms: number) =>
      burstIn(sample({ workers: workersAt(2, { elu, loopDelayP99Ms }) }), undefined, 0.02, 500, policy);
    expect(at(0.96, 251)).to.deep.equal({ elu: 0.96, backlogMsPerWorker: 251, factor: 2 });
    expect(at(0.95, 251)).to.equal(null);
    expect(at(0.96, 250)).to.equal(null);
  });

  it('asks for half as many more where the requests in flight show what waits, for twice as many where they do not', () => {
    const shown = sample({ workers: workersAt(2, { elu: 1, inFlight: 100, loopDelayP99Ms: 20 }) });
    expect(burstIn(shown, undefined, 0.02, 500, policy)?.factor).to.equal(1.5);
    const hidden = sample({ workers: workersAt(2, { elu: 1, inFlight: 1, loopDelayP99Ms: 2_000 }) });
    expect(burstIn(hidden, undefined, 0.02, 500, policy)?.factor).to.equal(2);
  });

  it('is an overload when the loops answer as many requests as they can; one request that blocks a loop answers nobody', () => {
    const busy = (completed: number) =>
      sample({ workers: workersAt(1, { elu: 1, loopDelayP99Ms: 3_000 }), traffic: requests(completed, 30) });
    expect(isOverload(busy(48), 0.02)).to.equal(true);
    expect(isOverload(busy(1), 0.02)).to.equal(false);
    expect(isOverload(busy(48), null)).to.equal(false);
  });

  it('is over for as long as what waits gets less', () => {
    const late = (loopDelayP99Ms: number) => sample({ workers: workersAt(2, { elu: 1, loopDelayP99Ms }) });
    expect(burstIn(late(900), late(1_000), 0.02, 500, policy)).to.equal(null);
    expect(burstIn(late(900), late(900), 0.02, 500, policy)).to.include({ backlogMsPerWorker: 900 });
  });

  it('asks only when the workers of the last scale-up could be at work, and is over ten seconds after its end', () => {
    const burst = { elu: 1, backlogMsPerWorker: 600, factor: 2 };
    expect([mayAsk(1_000, 2_000, 2_999), mayAsk(1_000, 2_000, 3_000), mayAsk(null, 2_000, 0)]).to.deep.equal([
      false,
      true,
      true,
    ]);
    const begun = nextPanic(null, burst, policy, 1_000);
    expect(begun).to.deep.equal({ sinceMs: 1_000, untilMs: 11_000 });
    const on = nextPanic(begun, burst, policy, 2_000);
    expect(on).to.deep.equal({ sinceMs: 1_000, untilMs: 12_000 });
    expect(nextPanic(on, null, policy, 11_999)).to.equal(on);
    expect(nextPanic(on, null, policy, 12_000)).to.equal(null);
  });
});

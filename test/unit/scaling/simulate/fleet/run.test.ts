import { expect } from 'chai';
import type { Observation } from '../../../../../src/scaling/autoscale/observation.ts';
import { API, factsOf, runWith, steady, sum, workloadOf } from '../scenario.ts';

function observationsOf(...given: Parameters<typeof runWith>): Observation[] {
  const seen: Observation[] = [];
  const [workload, desiredAt, facts = {}] = given;
  runWith(workload, desiredAt, facts, { onRound: (observation) => seen.push(observation) });
  return seen;
}

describe('a simulated fleet', () => {
  it('waits as an M/D/1 queue does on one worker (Pollaczek and Khinchine)', () => {
    const profile = { ...API, cpuVariation: 0, warmUpExtra: 0, cpuMs: 10 };
    const workload = workloadOf(steady(0.7, 2_000));
    const { tally } = runWith(workload, () => 1, { initial: 1, profile });
    // Mean wait is ρS/(2(1 − ρ)) = 11.7 ms; the median answer is at about 16.6 ms, the 95th percentile at about 50 ms.
    expect(tally.latencyAt(0.05)).to.be.within(9, 11);
    expect(tally.latencyAt(0.95)).to.be.within(42, 60);
  });

  it('answers every request, or counts it as unanswered', () => {
    const workload = workloadOf([...steady(0.5, 20), ...steady(6, 20), ...steady(0.5, 20)]);
    const facts = factsOf(workload);
    const { tally } = runWith(workload, () => 2);
    expect(sum(tally.total)).to.equal(facts.arrivals.atMs.length);
    expect(tally.failed).to.be.above(100);
  });

  it('is the same to the last figure when run again', () => {
    const workload = workloadOf(steady(1.5, 60));
    const [one, other] = [0, 1].map(() => runWith(workload, (second) => (second > 20 ? 4 : 2)));
    expect(one).to.deep.equal(other);
  });

  it('starts workers after their start time, and pays for them from the first moment', () => {
    const { ready, alive, workerSeconds } = runWith(workloadOf(steady(0.5, 30)), (second) => (second >= 10 ? 4 : 2), {
      startMs: 4_000,
    });
    expect(alive[12]).to.equal(4);
    expect(ready[12]).to.equal(2);
    expect(ready[15]).to.equal(4);
    expect(workerSeconds).to.be.within(98, 100.1);
  });

  it('drains before a worker leaves: nothing is lost by a scale-down', () => {
    const { tally, ready } = runWith(workloadOf(steady(0.8, 40)), (second) => (second >= 20 ? 2 : 6), { initial: 6 });
    expect(ready[25]).to.equal(2);
    expect(tally.failed).to.equal(0);
  });

  it('shares the cores: on half as many cores as busy loops everything takes twice as long', () => {
    const profile = { ...API, cpuVariation: 0, warmUpExtra: 0 };
    const workload = workloadOf(steady(8, 20), { machine: { cores: 2 } });
    const seen = observationsOf(workload, () => 4, { initial: 4, profile });
    const figures = seen.at(-1)?.workers.map((worker) => worker.figures);
    for (const each of figures ?? []) {
      expect(each?.elu).to.be.closeTo(1, 0.01);
      expect(each?.cpu).to.be.closeTo(0.5, 0.02);
      expect(each?.runDelay).to.be.closeTo(0.5, 0.02);
    }
    expect(seen.at(-1)?.machine.cpuUtilization).to.equal(1);
  });

  it('lets loops that block without a core share few cores', () => {
    const profile = { ...API, cpuVariation: 0, warmUpExtra: 0, coreShare: 0.1 };
    const seen = observationsOf(workloadOf(steady(4, 30)), () => 8, { initial: 8, cores: 1, profile });
    const last = seen.at(-1) as Observation;
    expect(sum(last.workers.map(({ figures }) => figures?.elu ?? 0))).to.be.closeTo(4, 0.6);
    expect(sum(last.workers.map(({ figures }) => figures?.cpu ?? 0))).to.be.closeTo(0.4, 0.06);
    expect(last.machine.cpuUtilization).to.be.closeTo(0.4, 0.06);
    expect(Math.max(...last.workers.map(({ figures }) => figures?.runDelay ?? 1))).to.equal(0);
  });

  it('reports what the live collector would: utilization, counts and a histogram that add up', () => {
    const workload = workloadOf(steady(1, 60));
    const seen = observationsOf(workload, () => 2);
    const elu = seen.slice(5).map(({ workers }) => sum(workers.map(({ figures }) => figures?.elu ?? 0)));
    expect(sum(elu) / elu.length).to.be.closeTo(1, 0.08);
    const completed = sum(seen.map(({ traffic }) => traffic?.completed ?? 0));
    const counted = sum(seen.flatMap(({ traffic }) => traffic?.latencyCounts ?? []));
    expect(counted).to.equal(completed);
    expect(completed).to.be.closeTo(factsOf(workload).arrivals.atMs.length, 250);
    expect(seen.every(({ workers }) => workers.every(({ sampleAgeMs }) => (sampleAgeMs ?? 0) < 1_000))).to.equal(true);
  });

  it('sees a backlog in the loop delay and not in the times that workers measure', () => {
    const seen = observationsOf(workloadOf(steady(3, 20)), () => 1, { initial: 1 });
    const last = seen.at(-1) as Observation;
    expect(last.workers[0]?.figures?.loopDelayP99Ms).to.be.above(1_000);
    const slow = last.traffic?.latencyBoundsMs.findIndex((bound) => bound >= 500) as number;
    expect(sum(last.traffic?.latencyCounts.slice(slow) ?? [])).to.equal(0);
  });

  it('keeps a silent worker in the list and lets its report grow old', () => {
    const workload = workloadOf(steady(1, 30), { silent: { fromS: 10, untilS: 20, workers: 1 } });
    const seen = observationsOf(workload, () => 3, { initial: 3 });
    const age = (second: number): number | null | undefined => seen[second - 1]?.workers[0]?.sampleAgeMs;
    expect(age(19)).to.be.above(8_000);
    expect(age(25)).to.be.below(1_000);
  });

  it('freezes after three failed starts, and remembers the last healthy count', () => {
    const workload = workloadOf(steady(1, 60), { failingStarts: { fromS: 0, untilS: 60 } });
    const seen = observationsOf(workload, (second) => (second >= 5 ? 4 : 2));
    expect(seen.at(-1)?.crashLoop).to.deep.equal({ frozen: true, lastHealthyCount: 2 });
  });

  it('replaces a worker that has grown too large, the new one before the old one leaves', () => {
    const workload = workloadOf(steady(1, 120), { leak: { bytesPerRequest: 50_000, recycleBytes: 150_000_000 } });
    const seen = observationsOf(workload, () => 2);
    const ids = seen.at(-1)?.workers.map(({ id }) => id) ?? [];
    expect(Math.max(...ids)).to.be.above(2);
    expect(seen.every(({ workers }) => workers.filter(({ phase }) => phase === 'ready').length >= 2)).to.equal(true);
  });

  it('makes requests wait for something else twenty times as long while the downstream is slow', () => {
    const profile = { ...API, ioMs: 30, ioVariation: 0, warmUpExtra: 0 };
    const span = { fromS: 30, untilS: 60, factor: 20 };
    const { tally } = runWith(workloadOf(steady(0.5, 90), { slowDownstream: span }), () => 4, { initial: 4, profile });
    expect(sum(tally.bad.subarray(0, 29))).to.equal(0);
    expect(sum(tally.bad.subarray(35, 55))).to.equal(sum(tally.total.subarray(35, 55)));
    expect(sum(tally.bad.subarray(62))).to.equal(0);
  });

  it('evens keep-alive connections out when workers come, so that these get their part', () => {
    const profile = { ...API, connections: 96, warmUpExtra: 0 };
    const seen = observationsOf(workloadOf(steady(1.6, 60)), (second) => (second >= 10 ? 4 : 2), { profile });
    const elus = seen.at(-1)?.workers.map(({ figures }) => figures?.elu ?? 0) ?? [];
    expect(elus).to.have.length(4);
    expect(Math.min(...elus)).to.be.above(0.15);
  });
});

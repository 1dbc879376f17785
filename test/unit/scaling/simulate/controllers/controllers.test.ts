import { expect } from 'chai';
import type { Observation } from '../../../../../src/scaling/autoscale/observation.ts';
import type { Controller, Family } from '../../../../../src/scaling/simulate/controllers/controller.ts';
import { BASELINES } from '../../../../../src/scaling/simulate/controllers/families.ts';
import { hpa } from '../../../../../src/scaling/simulate/controllers/hpa.ts';
import { keda } from '../../../../../src/scaling/simulate/controllers/keda.ts';
import { knative } from '../../../../../src/scaling/simulate/controllers/knative.ts';
import { neededWorkers, oracle } from '../../../../../src/scaling/simulate/controllers/oracle.ts';
import { pm2Autoscale } from '../../../../../src/scaling/simulate/controllers/pm2-autoscale.ts';
import { thresholdRules } from '../../../../../src/scaling/simulate/controllers/threshold-rules.ts';
import { uwsgi } from '../../../../../src/scaling/simulate/controllers/uwsgi.ts';
import { watt } from '../../../../../src/scaling/simulate/controllers/watt.ts';
import { figures, observation, requests, START_MS, worker } from '../../autoscale/fixtures/observations.ts';
import { factsOf, steady, workloadOf } from '../scenario.ts';

/** What a controller sees in one second. */
interface Seen {
  readonly workers?: number;
  readonly cpu?: number;
  readonly elu?: number;
  readonly concurrency?: number;
  readonly requestsPerSecond?: number;
  readonly queued?: number;
  /** Of the last `fresh` workers, seconds since they are ready. */
  readonly readyForS?: number;
  readonly fresh?: number;
  readonly p95Ms?: number;
}

class Clock {
  nowMs = 0;
  readonly controller: Controller;

  constructor(family: Family, initial: number, setting = family.defaults) {
    this.controller = family.create(setting, factsOf(workloadOf(steady(1, 10)), { initial }));
  }

  /** Lets it see the same for some seconds; the last number it wanted. */
  sees(seconds: number, seen: Seen): number {
    let desired = 0;
    for (let second = 0; second < seconds; second += 1) {
      this.nowMs += 1_000;
      desired = this.controller.decide(viewOf(this.nowMs, seen)).desired;
    }
    return desired;
  }
}

function viewOf(nowMs: number, seen: Seen) {
  const { workers: count = 1, cpu = 0.5, elu = cpu, fresh = 0, readyForS = 600, p95Ms = 20 } = seen;
  const workers = Array.from({ length: count }, (_, index) => {
    const readyAtMs = START_MS + nowMs - (index >= count - fresh ? readyForS * 1_000 : 900_000);
    return { ...worker(index + 1), readyAtMs, figures: figures({ cpu, elu }) };
  });
  const seenNow: Observation = observation({ atMs: START_MS + nowMs, workers, traffic: requests(100, p95Ms) });
  const { concurrency = 0, requestsPerSecond = 0, queued = 0 } = seen;
  return { nowMs, observation: seenNow, front: { concurrency, requestsPerSecond, queued } };
}

describe('the baselines', () => {
  it('HPA: ceil(current × usage ÷ target) each 15 s, nothing within a tenth', () => {
    const clock = new Clock(hpa, 4);
    expect(clock.sees(14, { workers: 4, cpu: 1 })).to.equal(4);
    // 4 × 100 % ÷ 80 % = 5
    expect(clock.sees(1, { workers: 4, cpu: 1 })).to.equal(5);
    expect(clock.sees(15, { workers: 5, cpu: 0.87 })).to.equal(5);
  });

  it('HPA: adds at most four pods or twice as many within 15 s', () => {
    const clock = new Clock(hpa, 2, { metric: 'elu', targetPercent: 10, downWindowS: 300 });
    expect(clock.sees(15, { workers: 2, elu: 1 })).to.equal(6);
    expect(clock.sees(15, { workers: 6, elu: 1 })).to.equal(12);
  });

  it('HPA: shrinks to the highest recommendation of five minutes', () => {
    const clock = new Clock(hpa, 4);
    expect(clock.sees(30, { workers: 4, cpu: 0.8 })).to.equal(4);
    expect(clock.sees(285, { workers: 4, cpu: 0.2 })).to.equal(4);
    expect(clock.sees(30, { workers: 4, cpu: 0.2 })).to.equal(1);
  });

  it('HPA: pods that are not ready count as idle when it would grow', () => {
    const clock = new Clock(hpa, 4);
    // Two judged at 100 % and two set aside: (200 % + 0) ÷ 4 ÷ 80 % is below 1, so nothing happens.
    expect(clock.sees(15, { workers: 4, cpu: 1, fresh: 2, readyForS: 5 })).to.equal(4);
  });

  it('KEDA: the total ÷ what one may have', () => {
    // 70 % of the 100 requests/s that 10 ms allow: 420 ÷ 70 = 6
    expect(new Clock(keda, 4).sees(15, { workers: 4, requestsPerSecond: 420 })).to.equal(6);
    expect(new Clock(keda, 4).sees(15, { workers: 4, requestsPerSecond: 290 })).to.equal(4);
  });

  it('Knative: panics at twice the ready pods within its short window, does not shrink in panic, and calms down after a window', () => {
    const clock = new Clock(knative, 1);
    expect(clock.sees(60, { workers: 1, concurrency: 0.5 })).to.equal(1);
    // 6 s at 2.7: the panic window wants 4 pods, the stable one 2.
    expect(clock.sees(6, { workers: 1, concurrency: 2.7 })).to.equal(4);
    expect(clock.sees(30, { workers: 4, concurrency: 0.1 })).to.equal(4);
    expect(clock.sees(60, { workers: 4, concurrency: 0.1 })).to.equal(2);
  });

  it("Watt: one more above 0.8 for 10 s, one fewer below 0.2 for 60 s, 20 s apart; a new worker isn't judged for 30 s", () => {
    const clock = new Clock(watt, 2);
    expect(clock.sees(1, { workers: 2, elu: 0.95 })).to.equal(3);
    expect(clock.sees(19, { workers: 2, elu: 0.95 })).to.equal(3);
    expect(clock.sees(1, { workers: 2, elu: 0.95 })).to.equal(4);
    expect(new Clock(watt, 2).sees(40, { workers: 2, elu: 0.95, fresh: 2, readyForS: 5 })).to.equal(2);
    expect(new Clock(watt, 3).sees(1, { workers: 3, elu: 0.1 })).to.equal(2);
  });

  it('pm2-autoscale: one more each 10 s from 30 %, one fewer each 30 s below 5 %', () => {
    const clock = new Clock(pm2Autoscale, 2);
    expect(clock.sees(21, { workers: 2, cpu: 0.3 })).to.equal(5);
    expect(clock.sees(29, { workers: 5, cpu: 0.01 })).to.equal(5);
    expect(clock.sees(1, { workers: 5, cpu: 0.01 })).to.equal(4);
  });

  it('uWSGI: one more each 3 s above 50 %, one fewer after ten quiet looks, one at once for a backlog', () => {
    const clock = new Clock(uwsgi, 2);
    expect(clock.sees(6, { workers: 2, elu: 0.6 })).to.equal(4);
    expect(clock.sees(27, { workers: 4, elu: 0.1 })).to.equal(4);
    expect(clock.sees(6, { workers: 4, elu: 0.1 })).to.equal(3);
    expect(new Clock(uwsgi, 2).sees(1, { workers: 2, elu: 0.1, queued: 34 })).to.equal(3);
  });

  it('threshold rules: two more at 80 % cpu, no second time within 300 s', () => {
    const clock = new Clock(thresholdRules, 2);
    expect(clock.sees(1, { workers: 2, cpu: 0.9 })).to.equal(4);
    expect(clock.sees(299, { workers: 4, cpu: 0.9 })).to.equal(4);
    expect(clock.sees(1, { workers: 4, cpu: 0.9 })).to.equal(6);
    expect(new Clock(thresholdRules, 2).sees(1, { workers: 2, cpu: 0.5, p95Ms: 700 })).to.equal(3);
  });

  it('the oracle: has workers ready when the load comes, and keeps them over dips shorter than a start', () => {
    const load = [...steady(0.5, 20), ...steady(5, 20), ...steady(0.5, 2), ...steady(5, 20), ...steady(0.5, 20)];
    const facts = factsOf(workloadOf(load), {
      startMs: 2_000,
      profile: { ...factsOf(workloadOf(load)).profile, cpuVariation: 0 },
    });
    const controller = oracle.create({ percent: 90 }, facts);
    const at = (second: number): number => controller.decide(viewOf(second * 1_000, {})).desired;
    const needed = neededWorkers(facts, 0.9);
    expect(at(10)).to.be.at.most(2);
    expect(at(18)).to.be.at.least(4);
    expect(at(40)).to.equal(Math.max(...needed.slice(40, 44)));
    expect(at(70)).to.be.at.most(2);
  });

  it('have a default among what their tuning tries, and stay within the limits whatever they see', () => {
    for (const family of BASELINES) {
      expect(
        family.grid.map((setting) => JSON.stringify(setting)),
        family.name,
      ).to.include(JSON.stringify(family.defaults));
      for (const setting of family.grid) {
        const clock = new Clock(family, 2, setting);
        const most = clock.sees(100, {
          workers: 20,
          cpu: 1,
          concurrency: 900,
          requestsPerSecond: 90_000,
          queued: 999,
          p95Ms: 4_000,
        });
        const least = clock.sees(200, { workers: 20, cpu: 0, p95Ms: 1 });
        expect([most <= 20, least >= 1], `${family.name} ${JSON.stringify(setting)}`).to.deep.equal([true, true]);
      }
    }
  });
});

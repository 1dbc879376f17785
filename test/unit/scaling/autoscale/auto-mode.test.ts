import { expect } from 'chai';
import { explain } from '../../../../src/scaling/autoscale/explain.ts';
import { futilityGuard } from '../../../../src/scaling/autoscale/guards/futility.ts';
import type { GuardInput } from '../../../../src/scaling/autoscale/guards/guard.ts';
import { Bench } from './fixtures/bench.ts';
import { machine, requests } from './fixtures/observations.ts';
import { Plant } from './fixtures/plant.ts';
import { lowRule, rule } from './fixtures/rules.ts';

describe('rules beside the demand core', () => {
  it('keep as many workers as they would add again', () => {
    // 0.7 erlangs need one worker; at one, cpu would be 70 %, which the rule answers with another.
    const plant = new Plant({ workers: 4, cores: 16, rules: [rule({ threshold: 50 })], scaleDownStabilizationMs: 0 });
    plant.requestsPerSecond = 35;
    const record = plant.run(60);
    expect(record.desired).to.equal(2);
    expect(record.need).to.equal(1);
    expect(record.sentence).to.equal('Held at 2 workers: cpu-high objects to fewer (cpu would be ≥ 50 % with fewer).');
  });

  it('that can shrink must agree as well', () => {
    const plant = new Plant({
      workers: 3,
      cores: 16,
      rules: [lowRule({ threshold: 10 })],
      scaleDownStabilizationMs: 0,
    });
    plant.requestsPerSecond = 40; // 27 % on each of three
    expect(plant.run(60).desired).to.equal(3);
    plant.requestsPerSecond = 10;
    expect(plant.run(10).desired).to.equal(2);
  });

  it('may want more than is needed, and get it', () => {
    const plant = new Plant({ rules: [rule({ metric: 'custom:jobs', threshold: 0 })], workers: 1 });
    plant.requestsPerSecond = 10;
    expect(plant.run(10).desired).to.equal(1); // the gauge is missing
    expect(plant.records.at(-1)?.missing[0]?.what).to.equal('rule cpu-high (custom:jobs)');
  });
});

describe('the demand core', () => {
  it('foresees a ramp: it adds workers before they are short, and gives the reason', () => {
    const plant = new Plant({ startMs: 8_000, limits: { min: 1, max: 20 } });
    plant.requestsPerSecond = 40;
    plant.run(20);
    for (let second = 0; second < 120; second += 1) {
      plant.requestsPerSecond += 2.5;
      plant.run(1);
    }
    expect(plant.ups.some(({ reason }) => reason === 'forecast')).to.equal(true);
    const told = plant.ups.find(({ reason }) => reason === 'forecast');
    expect(told?.sentence).to.match(/^Scaled up from \d+ to \d+: demand \(.* erlangs.* in 9\.5 s, workers at most /);
    expect(told?.forecast?.confidence).to.be.above(0.3);
  });

  it('learns how long a worker takes to start', () => {
    const plant = new Plant({ startMs: 6_000 });
    expect(plant.run(1).demand?.startMs).to.equal(6_000); // of the workers that were there
    const unknown = new Bench({ rules: [], mode: 'auto' }); // nobody noted when these were started
    expect(unknown.step({ elu: 0.4 }).demand?.startMs).to.equal(2_000);
  });

  it('stretches the window when load comes back after a scale-down', () => {
    const plant = new Plant({ scaleDownStabilizationMs: 10_000 });
    for (const rate of [130, 20, 130, 20, 130]) {
      plant.requestsPerSecond = rate;
      plant.run(25);
    }
    expect(plant.records.at(-1)?.stabilization.windowMs).to.be.above(12_000);
  });

  it('says of everything in its record what explain tells', () => {
    const plant = new Plant();
    plant.requestsPerSecond = 40;
    plant.run(20);
    plant.requestsPerSecond = 130;
    const text = explain(plant.run(1));
    expect(text[0]).to.match(/^Decision 21 at \S+: scale-up, demand \(the offered load asks for it\)$/);
    expect(text).to.include(
      'Scaled up from 1 to 7: demand (2.6 erlangs and 1.6 s of work that waits, workers at most 80 % busy).',
    );
    expect(text).to.include('  demand agrees to fewer workers when the burst is over.');
    expect(
      text.some((line) => line.startsWith('Demand: 2.6 erlangs (3 s: 1.4, 10 s: 1), 1.6 s of work waits')),
    ).to.equal(true);
  });

  it('at the upper limit names no rule that would add workers', () => {
    const plant = new Plant({ workers: 2, limits: { min: 1, max: 2 }, rules: [rule({ threshold: 60 })] });
    plant.requestsPerSecond = 60;
    const lines = plant.run(5).wouldChange;
    expect(lines[0]).to.equal('More than 2 workers are possible when MAX_INSTANCES is raised.');
    expect(lines.join('\n')).to.not.match(/adds workers/);
  });
});

describe('the cpu guard', () => {
  it('looks back as far as the rules do: what was taken while they saw the load was taken', () => {
    const rules = [rule({ cooldownMs: 0 })];
    const two = { machine: machine({ cores: 2, cpuUtilization: 0.98 }) };
    const bench = new Bench({ rules });
    bench.run(6, { cpu: 0.95, elu: 1, runDelay: 0.5 }, two);
    // The load ends; the rule still holds by the mean of ten seconds, for some seconds.
    const ends = Array.from({ length: 4 }, () => bench.step({ cpu: 0.9, elu: 0.9, runDelay: 0 }));
    expect(ends.map(({ desired }) => desired)).to.deep.equal([2, 2, 2, 2]);
    expect(ends.map(({ reason }) => reason)).to.deep.equal(new Array(4).fill('blocked:cpu'));
  });

  it('has nothing against workers that take no core, whoever else takes them all', () => {
    const bench = new Bench({ rules: [rule({ metric: 'elu' })] });
    const busy = { machine: machine({ cores: 2, cpuUtilization: 1 }) };
    expect(bench.run(3, { cpu: 0.03, elu: 0.95 }, busy).desired).to.equal(3);
  });
});

describe('a scale-up that brings nothing', () => {
  it('is not repeated for five minutes, and the figures say why', () => {
    // Slow, busy, and no more requests however many workers: they wait for one another.
    const rules = [rule({ metric: 'responseTime', threshold: 500, cooldownMs: 0 })];
    const bench = new Bench({ rules, mode: 'auto', limits: { min: 1, max: 40 } });
    const locked = { traffic: requests(100, 900) };
    const desired = Array.from({ length: 60 }, () => bench.step({ elu: 0.7, cpu: 0.05 }, locked).desired);
    const futile = bench.state.futile;
    expect(futile?.detail).to.match(
      /^\d+ workers served 100 requests\/s at a p95 of \d+ ms, \d+ had served 100 requests\/s at \d+ ms$/,
    );
    const held = desired.at(-1) as number;
    expect(bench.run(200, { elu: 0.7, cpu: 0.05 }, locked)).to.include({ desired: held, reason: 'blocked:futility' });
    const over = { state: bench.state, desired: held, nowMs: futile?.untilMs } as GuardInput;
    expect(futilityGuard(over)).to.equal(null);
  });
});

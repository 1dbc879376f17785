import { expect } from 'chai';
import { explain } from '../../../../src/scaling/autoscale/explain.ts';
import { withFloor, withPause, withPin } from '../../../../src/scaling/autoscale/pin.ts';
import { REASON_MEANINGS, REASONS } from '../../../../src/scaling/autoscale/reason.ts';
import { Bench } from './fixtures/bench.ts';
import { machine, requests, silent, worker } from './fixtures/observations.ts';
import { alertRule, lowRule, rule, targetRule } from './fixtures/rules.ts';

const RULES = [rule({ scaleAmount: 2, priority: 9 }), lowRule()];

describe('the decision record', () => {
  it('has every rule’s value against its threshold, and all that led to the number', () => {
    const bench = new Bench({ rules: RULES });
    const record = bench.run(3, { cpu: 0.862 });
    expect(record).to.deep.equal({
      id: 3,
      atMs: bench.nowMs,
      action: 'scale-up',
      reason: 'rule',
      rule: 'cpu-high',
      sentence: 'Scaled up from 2 to 4: cpu-high (cpu 86.2 %, ≥ 80 %).',
      before: 2,
      desired: 4,
      recommended: 4,
      ready: 2,
      pending: 0,
      limits: { min: 1, max: 10 },
      inputs: {
        workersWarming: 0,
        workersStale: 0,
        meanRunDelay: 0,
        machineCpu: 0.3,
        cores: 16,
        availableMemoryBytes: 8_000_000_000,
        // 2 + (8 GB − a tenth of 16 GB) / 100 MB
        maxByMemory: 66,
      },
      demand: null,
      need: null,
      offeredLoadErlangs: null,
      forecast: null,
      rules: [
        {
          name: 'cpu-high',
          metric: 'cpu',
          aggregate: 'mean',
          windowMs: 10_000,
          priority: 9,
          action: 'scale-up',
          condition: '≥ 80 %',
          threshold: 80,
          unit: '%',
          value: 86.2,
          status: 'holds',
          wants: 'up',
          target: 4,
          confirmations: 3,
          requiredConfirmations: 3,
          cooldownLeftMs: 0,
          waitsFor: null,
          note: null,
        },
        {
          name: 'cpu-low',
          metric: 'cpu',
          aggregate: 'mean',
          windowMs: 10_000,
          priority: 0,
          action: 'scale-down',
          condition: '≤ 30 %',
          threshold: 30,
          unit: '%',
          value: 86.2,
          status: 'clear',
          wants: null,
          target: null,
          confirmations: 0,
          requiredConfirmations: 1,
          cooldownLeftMs: 0,
          waitsFor: null,
          note: null,
        },
      ],
      guards: [],
      clamps: [],
      pin: null,
      floor: null,
      paused: null,
      schedule: null,
      stabilization: { windowMs: 120_000, maxRecommendation: 4, leftMs: 120_000 },
      missing: [],
      alerts: [],
      nextPossible: { scaleUpInMs: 300_000, scaleDownInMs: 120_000 },
      wouldChange: [
        'cpu-low agrees to fewer workers when cpu (now 86.2 %) is ≤ 30 %.',
        'Fewer workers are possible in 120 s, if all rules agree until then.',
      ],
    });
  });

  it('says when the number may change next', () => {
    const bench = new Bench({ rules: RULES });
    bench.run(3, { cpu: 0.9 });
    bench.run(10, { cpu: 0.5 });
    // The cooldown of 300 s began at the next observation, nine seconds ago; the last recommendation of four is of now.
    expect(bench.step({ cpu: 0.5 }).nextPossible).to.deep.equal({ scaleUpInMs: 290_000, scaleDownInMs: 120_000 });
    expect(new Bench({ rules: [] }).step().nextPossible).to.deep.equal({ scaleUpInMs: null, scaleDownInMs: null });
    const topped = new Bench({ rules: RULES, limits: { min: 2, max: 2 } });
    expect(topped.step().nextPossible).to.deep.equal({ scaleUpInMs: null, scaleDownInMs: null });
    const frozen = new Bench({ rules: RULES });
    expect(frozen.step({}, { reloading: true }).nextPossible).to.deep.equal({ scaleUpInMs: 0, scaleDownInMs: null });
    const paced = new Bench({ rules: [lowRule({ cooldownMs: 0 })], workers: 3, scaleDownStabilizationMs: 0 });
    expect(paced.step({ cpu: 0.1 }).nextPossible).to.deep.equal({ scaleUpInMs: null, scaleDownInMs: 5_000 });
    expect(paced.step({ cpu: 0.1 }).reason).to.equal('pace');
  });

  it('says what would change the decision', () => {
    const rules = [
      rule({ name: 'a', cooldownMs: 60_000, windowMs: 1_000 }),
      rule({ name: 'b', metric: 'elu' }),
      targetRule({ name: 'c', metric: 'inFlight', target: 1 }),
      rule({ name: 'd', metric: 'custom:depth' }),
      rule({ name: 'e', metric: 'capacity' }),
      rule({ name: 'f', metric: 'responseTime', threshold: 500 }),
      rule({ name: 'g', windowMs: 1_000, threshold: 85 }),
      alertRule(),
    ];
    const bench = new Bench({ rules });
    bench.run(3, { cpu: 0.82 });
    bench.run(2, { cpu: 0.82 });
    const record = bench.step(
      { cpu: 0.9 },
      { traffic: requests(1, 600), crashLoop: { frozen: true, lastHealthyCount: 1 } },
    );
    expect(record.wouldChange).to.deep.equal([
      'a may act again in 58 s.',
      // Three observations of 2 × 50 %, three of 3 × 50 %: 1.25 / 3.
      'b adds workers when elu (now 41.67 %) is ≥ 80 % in 3 observations.',
      'c acts when inFlight (now 0.83 requests) is no longer near 1 requests (± 10 %).',
      'd gets a value for custom:depth (the app reports no gauge "depth").',
      // Rank 190.95 of the 200 in (125, 160], in the time with three workers.
      'f adds workers when responseTime (now 158.42 ms) is ≥ 500 ms in 3 observations.',
      'g acts when it has held in 3 observations (1 so far).',
      'blocked:missing-metrics ends when the missing figures come again; now there are no figures of rule d (custom:depth).',
      'blocked:crash-loop ends when fewer than three starts have failed within the last minute; now workers fail to start; 1 were healthy last.',
    ]);
  });

  it('holds with a reason when nothing can be observed', () => {
    const bench = new Bench({ rules: RULES });
    bench.run(2, { cpu: 0.9 });
    bench.nowMs += 1_000;
    const record = bench.decide({ unobserved: 'the machine is on fire' });
    expect(record).to.include({ action: 'hold', reason: 'no-observation', desired: 2, ready: null, inputs: null });
    expect(record.sentence).to.equal('Held at 2 workers: nothing could be observed: the machine is on fire.');
    expect(record.rules.map(({ status, note }) => [status, note])).to.deep.equal([
      ['missing', 'nothing could be observed'],
      ['missing', 'nothing could be observed'],
    ]);
  });

  it('pulls a number that it found outside of the limits back, whatever the rules say', () => {
    const bench = new Bench({ rules: RULES, workers: 12 });
    expect(bench.step({ cpu: 0.5 })).to.include({
      desired: 10,
      action: 'scale-down',
      reason: 'limit:max',
      rule: null,
      sentence: 'Scaled down from 12 to 10: MAX_INSTANCES allows 10 at most.',
    });
    expect(new Bench({ rules: RULES, workers: 1, limits: { min: 3, max: 9 } }).step({ cpu: 0.5 })).to.include({
      desired: 3,
      reason: 'limit:min',
    });
  });
});

describe('explain', () => {
  it('tells each rule, clamp and guard, when it may act next, and what would change it', () => {
    const bench = new Bench({
      rules: [...RULES, rule({ name: 'off', enabled: false }), rule({ name: 'leases', metric: 'capacity' })],
    });
    const two = machine({
      cores: 2,
      cpuUtilization: 0.95,
      totalMemoryBytes: 4_000_000_000,
      availableMemoryBytes: 2_000_000_000,
    });
    const record = bench.run(3, { cpu: 0.9, runDelay: 0.1 }, { machine: two });
    expect(explain(record)).to.deep.equal([
      'Decision 3 at 2026-01-01T00:00:03.000Z: hold, blocked:cpu (the machine has no core for another worker)',
      'Held at 2 workers: cpu-high wants 4 (cpu 90 %, ≥ 80 %), but 2 workers share 2 cores that are 95 % busy, above 90 %.',
      'Workers: 2 wanted before, 2 now; 2 ready, 0 pending',
      'Asked for: 4 workers, of 1 to 10 that are allowed',
      'Rules:',
      '  cpu-high: cpu 90 % (mean of 10 s), holds (≥ 80 %), wants 4',
      '  cpu-low: cpu 90 % (mean of 10 s), does not hold (≤ 30 %)',
      '  off: disabled',
      '  not in use here: leases',
      'Clamps:',
      '  4 → 2: blocked:cpu (2 workers share 2 cores that are 95 % busy, above 90 %)',
      'Guards in force:',
      '  blocked:cpu: 2 workers share 2 cores that are 95 % busy, above 90 %',
      'Machine: 2 cores, 95 % busy, workers wait for one 10 % of the time, 2000 MB memory available, room for 18 workers',
      'Stabilization: at most 4 workers recommended within 120 s; fewer than 2 not before 120 s',
      'Next possible: scale-up when blocked:cpu ends, scale-down in 120 s',
      'The next decision changes when',
      '  cpu-low agrees to fewer workers when cpu (now 90 %) is ≤ 30 %.',
      '  blocked:cpu ends when the workers no longer wait for cores and the machine has a part of one to spare; now 2 workers share 2 cores that are 95 % busy, above 90 %.',
      '  Fewer workers are possible in 120 s, if all rules agree until then.',
    ]);
  });

  it('tells cooldowns and confirmations', () => {
    const bench = new Bench({
      rules: [rule({ windowMs: 1_000 }), rule({ name: 'elu-high', metric: 'elu', windowMs: 1_000 })],
    });
    bench.run(3, { cpu: 0.9 });
    const lines = explain(bench.run(2, { cpu: 0.9, elu: 0.9 }));
    expect(lines.slice(5, 7)).to.deep.equal([
      '  cpu-high: cpu 90 % (mean of 1 s), holds (≥ 80 %), wants 4, waits: cooldown, cooldown 299 s left',
      '  elu-high: elu 90 % (mean of 1 s), holds (≥ 80 %), wants 4, confirmed 2 of 3 times',
    ]);
    expect(lines).to.include(
      'Next possible: scale-up as soon as it is wanted, scale-down by hand only, as nothing else removes workers',
    );
  });

  it('tells what was set by hand', () => {
    const bench = new Bench({ rules: [] });
    const wish = { instances: 4, reason: 'launch', forMs: 60_000, force: true, by: 'ops' };
    bench.state = withPause(
      withFloor(withPin(bench.state, wish, bench.nowMs), { ...wish, forMs: null }, bench.nowMs),
      'eve',
      'nap',
      bench.nowMs,
    );
    const lines = explain(bench.step());
    expect(lines.slice(2, 7)).to.deep.equal([
      'Workers: 2 wanted before, 4 now; 2 ready, 0 pending',
      'Pin: 4 workers for another 59 s, by ops (launch), forced',
      'Floor: 4 workers until resume, by ops (launch)',
      'Paused by eve (nap)',
      'Asked for: 2 workers, of 1 to 10 that are allowed',
    ]);
  });

  it('tells what is missing, and alerts', () => {
    const bench = new Bench({ rules: [alertRule({ windowMs: 1_000 })] });
    const given = {
      workers: [worker(1), silent(2)],
      traffic: requests(100, 10, { errors: 9 }),
      machine: machine({ cpuUtilization: null, availableMemoryBytes: null }),
    };
    const lines = explain(bench.run(3, { elu: 0.9 }, given));
    expect(lines).to.include.members([
      'Missing:',
      '  worker 2, for 2 s',
      'Alerts:',
      '  errors: errorRate is 9 % (errors: ≥ 5 %).',
    ]);
    expect(lines.find((line) => line.startsWith('Machine'))).to.equal(
      'Machine: 16 cores, workers wait for one 0 % of the time',
    );
  });

  it('does without figures when there are none', () => {
    const bench = new Bench({ rules: [] });
    expect(explain(bench.decide({ unobserved: 'x' }))).to.deep.equal([
      'Decision 1 at 2026-01-01T00:00:00.000Z: hold, no-observation (nothing could be observed)',
      'Held at 2 workers: nothing could be observed: x.',
      'Workers: 2 wanted before, 2 now; not observed',
      'Asked for: 2 workers, of 1 to 10 that are allowed',
      'Guards in force:',
      '  no-observation: nothing could be observed: x',
      'Stabilization: at most 2 workers recommended within 120 s; fewer than 2 not before 120 s',
      'Next possible: scale-up when no-observation ends, scale-down when no-observation ends',
      'The next decision changes when',
      '  no-observation ends when the workers can be observed again; now nothing could be observed: x.',
    ]);
  });
});

describe('the reasons', () => {
  it('are a closed set of label-safe words, each with a meaning', () => {
    expect(REASONS).to.have.length(27);
    for (const reason of REASONS) {
      expect(reason).to.match(/^[a-z-]+(:[a-z-]+)?$/);
      expect(REASON_MEANINGS[reason]).to.not.equal('');
    }
  });
});

import { expect } from 'chai';
import { Bench } from './fixtures/bench.ts';
import { observation, requests, starting, worker, workersAt } from './fixtures/observations.ts';
import { alertRule, lowRule, rule, stepRule, targetRule } from './fixtures/rules.ts';

const HOT = { cpu: 0.9 };
const WARM = { cpu: 0.5 };
const COLD = { cpu: 0.1 };

describe('a scale-up by rules', () => {
  it('comes after three observations in which the rule holds', () => {
    const bench = new Bench({ rules: [rule({ scaleAmount: 2 })] });
    const words = [1, 2, 3].map(() => {
      const { action, reason, desired, rule: by } = bench.step(HOT);
      return [action, reason, desired, by];
    });
    expect(words).to.deep.equal([
      ['hold', 'confirming', 2, 'cpu-high'],
      ['hold', 'confirming', 2, 'cpu-high'],
      ['scale-up', 'rule', 4, 'cpu-high'],
    ]);
  });

  it('is put off when an observation in between does not confirm it', () => {
    const bench = new Bench({ rules: [rule({ windowMs: 1_000 })] });
    bench.run(2, HOT);
    expect(bench.step(WARM).reason).to.equal('steady');
    bench.run(2, HOT);
    expect(bench.desired).to.equal(2);
    expect(bench.step(HOT).action).to.equal('scale-up');
  });

  it('is not confirmed by looking twice at the same observation', () => {
    const bench = new Bench({ rules: [rule()] });
    bench.step(HOT);
    const same = observation({ atMs: bench.nowMs, workers: workersAt(2, HOT) });
    for (let look = 0; look < 5; look += 1) expect(bench.decide(same).reason).to.equal('confirming');
    expect(bench.state.series).to.have.length(1);
  });

  it('takes the highest target of all rules', () => {
    const rules = [rule({ name: 'one', scaleAmount: 1, priority: 9 }), rule({ name: 'two', scaleAmount: 2 })];
    const record = new Bench({ rules, workers: 3 }).run(3, HOT);
    expect([record.desired, record.rule]).to.deep.equal([5, 'two']);
  });

  it('is reported for the rule with the higher priority where targets are equal, then for the first', () => {
    const rules = [
      rule({ name: 'low', priority: 1 }),
      rule({ name: 'high', priority: 2 }),
      rule({ name: 'also', priority: 2 }),
    ];
    expect(new Bench({ rules }).run(3, HOT).rule).to.equal('high');
  });

  it('at most doubles the ready workers', () => {
    const record = new Bench({ rules: [rule({ scaleAmount: 2 })], workers: 1 }).run(3, HOT);
    expect(record.desired).to.equal(2);
    expect(record.clamps).to.deep.equal([
      { before: 3, after: 2, why: 'pace', detail: 'one step adds at most 100 % to 1 worker ready' },
    ]);
    expect(record.sentence).to.equal(
      'Scaled up from 1 to 2: cpu-high (cpu 90 %, ≥ 80 %); not 3, because one step adds at most 100 % to 1 worker ready.',
    );
  });

  it('ends at the upper limit, and says so when it is there', () => {
    const bench = new Bench({ rules: [rule({ scaleAmount: 4, cooldownMs: 0, windowMs: 1_000 })], workers: 8 });
    expect(bench.run(3, HOT)).to.include({ desired: 10, reason: 'rule' });
    expect(bench.run(3, HOT)).to.include({
      desired: 10,
      action: 'hold',
      reason: 'limit:max',
      sentence: 'Held at 10 workers: cpu-high wants 14 (cpu 90 %, ≥ 80 %), but MAX_INSTANCES allows 10 at most.',
    });
  });

  it('is not asked for by a rule that is disabled', () => {
    const record = new Bench({ rules: [rule({ enabled: false })] }).run(5, HOT);
    expect([record.desired, record.reason, record.rules[0]?.status]).to.deep.equal([2, 'steady', 'disabled']);
  });

  it('is not made for too few requests', () => {
    const slow = rule({ name: 'slow', metric: 'responseTime', threshold: 500, windowMs: 2_000 });
    const given = { traffic: requests(9, 900) };
    const record = new Bench({ rules: [slow], guards: { latencyObjectiveMs: 10_000 } }).run(5, HOT, given);
    expect(record.rules[0]).to.include({ status: 'clear', note: '18 of the 20 requests it takes to judge' });
    const more = { traffic: requests(10, 900) };
    // The first second alone has but ten, so the third with twenty is the fourth.
    expect(new Bench({ rules: [slow], guards: { latencyObjectiveMs: 10_000 } }).run(4, HOT, more).action).to.equal(
      'scale-up',
    );
  });

  it('by a step rule is the larger, the hotter it is', () => {
    expect(new Bench({ rules: [stepRule()], workers: 4 }).run(3, { cpu: 0.75 }).desired).to.equal(5);
    expect(new Bench({ rules: [stepRule()], workers: 4 }).run(3, { cpu: 0.95 }).desired).to.equal(7);
  });

  it('by a target rule is what the formula says', () => {
    // 4 × 80 / 50 = 6.4
    expect(new Bench({ rules: [targetRule()], workers: 4 }).run(3, { cpu: 0.8 }).desired).to.equal(7);
  });
});

describe('workers that are pending', () => {
  function pendingBench(): Bench {
    const bench = new Bench({ rules: [rule({ scaleAmount: 2 })] });
    bench.run(3, HOT);
    return bench;
  }

  it('keep the rule that asked for them from asking again', () => {
    const bench = pendingBench();
    for (let second = 0; second < 20; second += 1) {
      const record = bench.step({}, { workers: [...workersAt(2, HOT), starting(3), starting(4)] });
      expect([record.desired, record.reason, record.pending]).to.deep.equal([4, 'pending', 2]);
    }
  });

  it('are not asked for again by another rule with the same need', () => {
    const rules = [
      rule({ name: 'first', scaleAmount: 2, priority: 1 }),
      rule({ name: 'second', scaleAmount: 2, windowMs: 1_000 }),
    ];
    const bench = new Bench({ rules });
    bench.run(2, { cpu: 0.79 });
    bench.run(3, HOT);
    const given = { workers: [...workersAt(2, HOT), starting(3), starting(4)] };
    for (let second = 0; second < 9; second += 1) bench.step({}, given);
    expect(bench.desired).to.equal(4);
  });

  it('are a part of a larger step that another rule asks for', () => {
    // The first rule asked for one more than two. The second wants three more than the two it measured: two more than are wanted.
    const rules = [
      rule({ name: 'first', scaleAmount: 1 }),
      rule({ name: 'second', scaleAmount: 3, threshold: 95, windowMs: 1_000 }),
    ];
    const bench = new Bench({ rules, scaleUpMaxPercent: 1_000 });
    bench.run(3, HOT);
    expect(bench.desired).to.equal(3);
    for (let second = 0; second < 3; second += 1)
      bench.step({}, { workers: [...workersAt(2, { cpu: 1 }), starting(3)] });
    expect(bench.desired).to.equal(5);
  });

  it('are not counted twice by a target rule', () => {
    const bench = new Bench({ rules: [targetRule()], workers: 2 });
    // 2 × 80 / 50 = 3.2
    bench.run(3, { cpu: 0.8 });
    expect(bench.desired).to.equal(4);
    const record = bench.run(5, {}, { workers: [...workersAt(2, { cpu: 0.8 }), starting(3), starting(4)] });
    expect([record.desired, record.reason]).to.deep.equal([4, 'pending']);
  });

  it('forbid a scale-down until they are ready', () => {
    const bench = new Bench({ rules: [lowRule()], scaleDownStabilizationMs: 0 });
    const record = bench.step({}, { desired: 3, workers: [...workersAt(2, COLD), starting(3)] });
    expect([record.desired, record.reason]).to.deep.equal([3, 'pending']);
  });
});

describe('a cooldown', () => {
  it('begins when the new workers are ready', () => {
    const bench = new Bench({ rules: [rule({ cooldownMs: 10_000, windowMs: 1_000 })] });
    bench.run(3, HOT);
    expect(bench.state.rules['cpu-high']?.cooldowns.up.phase).to.equal('waiting');
    for (let second = 0; second < 30; second += 1) bench.step({}, { workers: [...workersAt(2, HOT), starting(3)] });
    const record = bench.step(HOT);
    expect(record.rules[0]).to.include({ cooldownLeftMs: 10_000, waitsFor: 'cooldown' });
    expect(bench.run(9, HOT)).to.include({ desired: 3, reason: 'cooldown' });
    expect(bench.step(HOT)).to.include({ desired: 4, action: 'scale-up' });
  });

  it('tells in the sentence what is left of it', () => {
    const bench = new Bench({ rules: [rule()] });
    bench.run(3, HOT);
    bench.run(10, HOT);
    expect(bench.step(HOT).sentence).to.equal(
      'Held at 3 workers: cpu-high wants 4 (cpu 90 %, ≥ 80 %), but the rule acted a short while ago (290 s left).',
    );
  });

  it('is each rule’s own', () => {
    const rules = [rule({ name: 'slow', scaleAmount: 2 }), rule({ name: 'quick', metric: 'elu', windowMs: 1_000 })];
    const bench = new Bench({ rules });
    expect(bench.run(3, { cpu: 0.9, elu: 0.1 }).rule).to.equal('slow');
    expect(bench.run(3, { cpu: 0.9, elu: 0.95 }).rule).to.equal('quick');
    expect(bench.desired).to.equal(5);
  });

  it('begins for every rule whose wish was granted, not only for the one with the highest target', () => {
    const rules = [rule({ name: 'two', scaleAmount: 2 }), rule({ name: 'one', scaleAmount: 1 })];
    const bench = new Bench({ rules });
    bench.run(3, HOT);
    expect(Object.values(bench.state.rules).map(({ cooldowns }) => cooldowns.up.phase)).to.deep.equal([
      'waiting',
      'waiting',
    ]);
  });

  it('does not begin when the wish was clamped away', () => {
    const bench = new Bench({ rules: [rule()], limits: { min: 1, max: 2 } });
    bench.run(3, HOT);
    expect(bench.state.rules['cpu-high']?.cooldowns.up.phase).to.equal('idle');
  });

  it('of a scale-down never holds up a scale-up', () => {
    const rules = [rule({ windowMs: 1_000 }), lowRule({ windowMs: 1_000 })];
    const bench = new Bench({ rules, workers: 4, scaleDownStabilizationMs: 0 });
    expect(bench.step(COLD).desired).to.equal(3);
    expect(bench.state.rules['cpu-low']?.cooldowns.down.phase).to.equal('cooling');
    expect(bench.run(3, HOT).desired).to.equal(4);
  });

  it('is per direction, even within one target rule', () => {
    const bench = new Bench({
      rules: [targetRule({ cooldownMs: 60_000, windowMs: 1_000 })],
      workers: 4,
      scaleDownStabilizationMs: 0,
    });
    // 4 × 30 / 50 = 2.4
    expect(bench.step({ cpu: 0.3 })).to.include({ desired: 3, action: 'scale-down' });
    // 3 × 100 / 50
    expect(bench.run(3, { cpu: 1 })).to.include({ desired: 6, action: 'scale-up' });
    // Both directions cool down now.
    expect(bench.run(5, { cpu: 1 })).to.include({ desired: 6, reason: 'cooldown' });
    expect(bench.run(5, { cpu: 0.1 })).to.include({ desired: 6, reason: 'cooldown' });
  });
});

describe('a scale-down by rules', () => {
  const immediate = { scaleDownStabilizationMs: 0 };

  it('comes when every rule that can shrink agrees', () => {
    const rules = [lowRule(), lowRule({ name: 'elu-low', metric: 'elu' })];
    expect(new Bench({ rules, ...immediate }).step({ cpu: 0.1, elu: 0.2 })).to.include({
      desired: 1,
      action: 'scale-down',
      reason: 'rule',
      rule: 'cpu-low',
      sentence: 'Scaled down from 2 to 1: cpu-low (cpu 10 %, ≤ 30 %).',
    });
    expect(new Bench({ rules, ...immediate }).run(9, { cpu: 0.1, elu: 0.4 })).to.include({
      desired: 2,
      reason: 'steady',
    });
  });

  it('goes no lower than the rule that wants the smallest step', () => {
    const rules = [lowRule({ name: 'three', scaleAmount: 3 }), lowRule({ name: 'one', scaleAmount: 1 })];
    expect(new Bench({ rules, workers: 9, ...immediate }).step(COLD)).to.include({ desired: 8, rule: 'one' });
  });

  it('does not come while a rule wants more, though that rule cools down or is not confirmed', () => {
    const rules = [rule({ metric: 'elu', windowMs: 1_000 }), lowRule()];
    const bench = new Bench({ rules, ...immediate });
    const busyLoop = { cpu: 0.1, elu: 0.9 };
    expect(bench.step(busyLoop)).to.include({ desired: 2, reason: 'confirming' });
    bench.run(2, busyLoop);
    expect(bench.desired).to.equal(3);
    expect(bench.run(60, busyLoop)).to.include({ desired: 3, reason: 'cooldown' });
  });

  it('does not come without a rule that asks for it', () => {
    expect(new Bench({ rules: [rule()], ...immediate }).run(30, { cpu: 0 }).desired).to.equal(2);
    expect(new Bench({ rules: [], ...immediate }).run(30, { cpu: 0 })).to.include({ desired: 2, reason: 'steady' });
  });

  it('waits for the cooldown of each of them', () => {
    const rules = [lowRule({ name: 'quick', cooldownMs: 1_000 }), lowRule({ name: 'slow', cooldownMs: 20_000 })];
    const bench = new Bench({ rules, workers: 5, scaleDownPeriodMs: 0, ...immediate });
    expect(bench.step(COLD).desired).to.equal(4);
    expect(bench.run(19, COLD)).to.include({ desired: 4, reason: 'cooldown', rule: 'slow' });
    expect(bench.step(COLD).desired).to.equal(3);
  });

  it('ends at the lower limit', () => {
    const bench = new Bench({
      rules: [lowRule({ scaleAmount: 5 })],
      workers: 3,
      limits: { min: 2, max: 9 },
      ...immediate,
    });
    expect(bench.step(COLD).desired).to.equal(2);
    expect(new Bench({ rules: [lowRule()], workers: 1, ...immediate }).step(COLD)).to.include({
      desired: 1,
      reason: 'limit:min',
    });
  });

  it('takes at most 34 % within five seconds', () => {
    const rules = [lowRule({ scaleAmount: 5, cooldownMs: 0 })];
    const bench = new Bench({ rules, workers: 10, ...immediate });
    // floor(3.4) of 10, then of the 7 that are left 2 once the five seconds are over.
    const desired = [1, 2, 3, 4, 5, 6].map(() => bench.step(COLD).desired);
    expect(desired).to.deep.equal([7, 7, 7, 7, 7, 5]);
  });

  it('takes one at a time where 34 % would be less than one', () => {
    expect(new Bench({ rules: [lowRule()], workers: 2, ...immediate }).step(COLD).desired).to.equal(1);
  });

  it('comes when nobody asked for anything: an idle app shrinks', () => {
    const fast = lowRule({ name: 'fast', metric: 'responseTime', threshold: 100 });
    const idle = { traffic: requests(0, 1) };
    expect(new Bench({ rules: [fast, lowRule()], ...immediate }).step({ cpu: 0 }, idle).desired).to.equal(1);
  });
});

describe('stabilization of scale-downs', () => {
  it('begins with the number found, so that a restart shrinks nothing for a whole window', () => {
    const bench = new Bench({ rules: [lowRule()], workers: 4 });
    const first = bench.step(COLD);
    expect([first.desired, first.reason, first.stabilization.leftMs]).to.deep.equal([4, 'stabilization', 120_000]);
    expect(first.sentence).to.equal(
      'Held at 4 workers: cpu-low wants 3 (cpu 10 %, ≤ 30 %), but 4 workers were recommended within the last 120 s.',
    );
    expect(bench.run(119, COLD)).to.include({ desired: 4, reason: 'stabilization' });
    expect(bench.step(COLD)).to.include({ desired: 3, action: 'scale-down' });
  });

  it('goes no lower than the highest recommendation of the window', () => {
    // Wanted are 4, once 7 (held back by the cpu guard, but wanted), then 4 again.
    const rules = [targetRule({ windowMs: 1_000 })];
    const bench = new Bench({ rules, workers: 10, scaleDownStabilizationMs: 10_000, scaleDownMaxPercent: 100 });
    bench.run(5, { cpu: 0.2 });
    bench.step({ cpu: 0.35 });
    bench.run(4, { cpu: 0.2 });
    expect(bench.desired).to.equal(10);
    const record = bench.step({ cpu: 0.2 });
    expect([record.desired, record.stabilization.maxRecommendation]).to.deep.equal([7, 7]);
  });

  it('goes on during a cooldown', () => {
    const bench = new Bench({ rules: [lowRule({ cooldownMs: 200_000 })], workers: 4 });
    bench.run(121, COLD);
    expect(bench.desired).to.equal(3);
    expect(bench.run(199, COLD)).to.include({ desired: 3, reason: 'cooldown' });
    expect(bench.step(COLD)).to.include({ desired: 2, action: 'scale-down' });
  });

  it('begins anew while a guard forbids scale-downs', () => {
    const bench = new Bench({ rules: [lowRule()], workers: 4, scaleDownStabilizationMs: 10_000 });
    bench.run(9, COLD);
    expect(bench.step(COLD, { reloading: true })).to.include({ desired: 4, reason: 'blocked:reload' });
    expect(bench.run(9, COLD)).to.include({ desired: 4, reason: 'stabilization' });
    expect(bench.step(COLD).desired).to.equal(3);
  });
});

describe('a rule that alerts', () => {
  it('scales nothing, and alerts once in its cooldown', () => {
    const bench = new Bench({ rules: [alertRule({ cooldownMs: 10_000, windowMs: 1_000 })], workers: 2 });
    const failing = { traffic: requests(100, 10, { errors: 7 }) };
    const alerts = Array.from({ length: 14 }, () => bench.step({ elu: 0.6 }, failing).alerts);
    const expected = [{ source: 'errors', sentence: 'errorRate is 7 % (errors: ≥ 5 %).' }];
    // Confirmed in the third second; then the cooldown of ten, during which it is confirmed again.
    expect(alerts.map((list) => list.length)).to.deep.equal([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(alerts[2]).to.deep.equal(expected);
    expect(bench.desired).to.equal(2);
  });
});

describe('the memory rule', () => {
  const rules = [rule({ name: 'memory-high', metric: 'memory', threshold: 85 }), lowRule()];
  // 90 % in use. The reserve is a tenth, 100 MB; 100 MB are available: there is no room.
  const full = { cores: 16, cpuUtilization: 0.1, totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 100_000_000 };

  it('does not count where memory has no room for another worker', () => {
    const record = new Bench({ rules }).run(5, WARM, { machine: full });
    expect([record.desired, record.reason, record.rule]).to.deep.equal([2, 'blocked:memory', 'memory-high']);
    expect(record.wouldChange).to.include('memory-high counts when memory has room for another worker.');
  });

  it('then does not keep the others from shrinking either', () => {
    const bench = new Bench({ rules, scaleDownStabilizationMs: 0 });
    expect(bench.step(COLD, { machine: full })).to.include({ desired: 1, action: 'scale-down' });
  });

  it('adds a worker where there is room', () => {
    const roomy = { ...full, totalMemoryBytes: 10_000_000_000, availableMemoryBytes: 1_400_000_000 };
    expect(new Bench({ rules }).run(3, WARM, { machine: roomy })).to.include({ desired: 3, rule: 'memory-high' });
  });
});

describe('leases', () => {
  it('scale up where they are used and are left out where they are not', () => {
    const rules = [rule({ name: 'capacity-high', metric: 'capacity', threshold: 75 }), lowRule()];
    const used = new Bench({ rules }).run(3, WARM, { capacityUtilization: 0.8 });
    expect([used.desired, used.rule]).to.deep.equal([3, 'capacity-high']);
    const unused = new Bench({ rules, scaleDownStabilizationMs: 0 }).step(COLD);
    expect([unused.desired, unused.rules[0]?.status]).to.deep.equal([1, 'unused']);
  });
});

describe('a worker that is warming up', () => {
  it('does not cool the mean down, nor heat it', () => {
    const bench = new Bench({ rules: [rule({ windowMs: 1_000 })] });
    bench.nowMs += 1_000;
    const compiling = worker(2, { cpu: 1 }, { readyAtMs: bench.nowMs - 1_000 });
    const record = bench.decide(observation({ atMs: bench.nowMs, workers: [worker(1, { cpu: 0.7 }), compiling] }));
    expect([record.rules[0]?.value, record.inputs?.workersWarming]).to.deep.equal([70, 1]);
  });
});

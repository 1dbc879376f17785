import { expect } from 'chai';
import {
  checkPin,
  type PinWish,
  withFloor,
  withoutFloor,
  withoutPause,
  withoutPin,
  withPause,
  withPin,
} from '../../../../src/scaling/autoscale/pin.ts';
import { Bench } from './fixtures/bench.ts';
import { machine, observation, workersAt } from './fixtures/observations.ts';
import { lowRule, rule } from './fixtures/rules.ts';

const RULES = [rule(), lowRule()];
const HOT = { cpu: 0.9 };
const COLD = { cpu: 0.1 };

function wish(given: Partial<PinWish> = {}): PinWish {
  return { instances: 4, reason: 'High traffic expected', forMs: 300_000, force: false, by: 'ops', ...given };
}

describe('a pin', () => {
  it('sets the number at once, beats the rules, and leaves their recommendation visible', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish(), bench.nowMs);
    const record = bench.step(HOT);
    expect(record).to.include({ action: 'scale-up', reason: 'pin', rule: null, before: 2, desired: 4 });
    expect(record.sentence).to.equal('Scaled up from 2 to 4: set to 4 by ops (High traffic expected).');
    const later = bench.run(9, HOT);
    expect(later).to.include({ action: 'hold', reason: 'pin', desired: 4, recommended: 5 });
    expect(later.sentence).to.equal('Held at 4 workers: set to 4 by ops (High traffic expected).');
  });

  it('beats scale-downs, stabilization and pace as well', () => {
    const bench = new Bench({ rules: RULES, workers: 10 });
    bench.state = withPin(bench.state, wish({ instances: 1 }), bench.nowMs);
    expect(bench.step(HOT)).to.include({ desired: 1, action: 'scale-down', reason: 'pin' });
    expect(bench.run(9, HOT).desired).to.equal(1);
  });

  it('ends at its time exactly, and the rules go on', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish({ forMs: 10_000 }), bench.nowMs);
    expect(bench.run(9, HOT)).to.include({ desired: 4, reason: 'pin' });
    const record = bench.step(HOT);
    expect(record).to.include({ desired: 5, reason: 'rule' });
    expect(record.pin).to.equal(null);
    expect(bench.state.manual.pin).to.equal(null);
  });

  it('without an end lasts until it is taken back', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish({ forMs: null }), bench.nowMs);
    bench.step(HOT);
    bench.nowMs += 365 * 86_400_000;
    const record = bench.step(HOT);
    expect(record).to.include({ desired: 4, reason: 'pin' });
    expect(record.nextPossible).to.deep.equal({ scaleUpInMs: null, scaleDownInMs: null });
    expect(record.wouldChange).to.deep.equal(['A resume gives the number back to the rules.']);
    bench.state = withoutPin(bench.state);
    expect(bench.step(HOT).reason).to.not.equal('pin');
  });

  it('says until when nothing else changes the number', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish(), bench.nowMs);
    const record = bench.step(HOT);
    expect(record.nextPossible).to.deep.equal({ scaleUpInMs: 299_000, scaleDownInMs: 299_000 });
    expect(record.wouldChange).to.deep.equal([
      'A resume, or the end of the pin in 299 s, gives the number back to the rules.',
    ]);
  });

  it('does not beat the memory guard, unless it is forced', () => {
    const full = { machine: machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 200_000_000 }) };
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish(), bench.nowMs);
    // (200 − 100) / 100: one more than the two.
    const record = bench.step(COLD, full);
    expect([record.desired, record.reason, record.clamps.map(({ why }) => why)]).to.deep.equal([
      3,
      'pin',
      ['blocked:memory'],
    ]);
    expect(record.sentence).to.equal(
      'Scaled up from 2 to 3: set to 4 by ops (High traffic expected); not 4, because memory has room for 3 in all: 200 MB available, 100 MB of it reserved, 100 MB a worker.',
    );
    const none = { machine: machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 0 }) };
    expect(bench.step(COLD, none)).to.include({ desired: 3, reason: 'blocked:memory' });
    bench.state = withPin(bench.state, wish({ force: true }), bench.nowMs);
    expect(bench.step(COLD, none)).to.include({ desired: 4, reason: 'pin' });
  });

  it('is not held back by the cpu guard', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish(), bench.nowMs);
    expect(
      bench.step({ ...HOT, runDelay: 0.6 }, { machine: machine({ cores: 2, cpuUtilization: 1 }) }).desired,
    ).to.equal(4);
    expect(
      bench.run(20, { ...HOT, runDelay: 0.6 }, { machine: machine({ cores: 2, cpuUtilization: 1 }) }).desired,
    ).to.equal(4);
  });

  it('stays within the limits', () => {
    const bench = new Bench({ rules: RULES, limits: { min: 2, max: 5 } });
    bench.state = withPin(bench.state, wish({ instances: 99, force: true }), bench.nowMs);
    expect(bench.step(COLD).desired).to.equal(5);
    bench.state = withPin(bench.state, wish({ instances: 1 }), bench.nowMs);
    expect(bench.step(COLD).desired).to.equal(2);
  });

  it('works while nothing can be observed, and ends all the same', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish({ forMs: 5_000 }), bench.nowMs);
    expect(bench.decide({ unobserved: 'the collector is late' })).to.include({ desired: 4, reason: 'pin' });
    bench.nowMs += 5_000;
    const record = bench.decide({ unobserved: 'the collector is late' });
    expect(record).to.include({ desired: 4, reason: 'no-observation', ready: null });
    expect(record.sentence).to.equal('Held at 4 workers: nothing could be observed: the collector is late.');
  });

  it('leaves the rules’ cooldowns alone', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(bench.state, wish(), bench.nowMs);
    bench.run(5, HOT);
    expect(bench.state.rules['cpu-high']?.cooldowns.up).to.deep.equal({ phase: 'idle' });
  });
});

describe('the check of a pin', () => {
  const bench = new Bench({ rules: RULES, limits: { min: 2, max: 8 }, workers: 3 });
  const seen = observation({ workers: workersAt(3) });

  it('refuses numbers outside of the limits, and names them', () => {
    for (const instances of [1, 9, 2.5, Number.NaN, -1]) {
      expect(checkPin(bench.policy, bench.state, seen, wish({ instances, force: true }))).to.deep.equal({
        refused: true,
        status: 422,
        code: 'OUT_OF_RANGE',
        message: `instances: given ${instances}; must be a whole number from 2 to 8 (MIN_INSTANCES to MAX_INSTANCES)`,
      });
    }
  });

  it('lets pass what is within them', () => {
    for (const instances of [2, 3, 8])
      expect(checkPin(bench.policy, bench.state, seen, wish({ instances }))).to.equal(null);
  });

  it('refuses what memory has no room for, unless forced', () => {
    const full = { ...seen, machine: machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 200_000_000 }) };
    expect(checkPin(bench.policy, bench.state, full, wish({ instances: 4 }))).to.equal(null);
    expect(checkPin(bench.policy, bench.state, full, wish({ instances: 5 }))).to.deep.equal({
      refused: true,
      status: 409,
      code: 'blocked:memory',
      message:
        'instances: given 5; at most 4 workers now, because memory has room for 4 in all: 200 MB available, 100 MB of it reserved, 100 MB a worker. "force": true overrides it',
    });
    expect(checkPin(bench.policy, bench.state, full, wish({ instances: 5, force: true }))).to.equal(null);
    expect(checkPin(bench.policy, bench.state, full, wish({ instances: 2 }))).to.equal(null);
  });

  it('refuses to grow above the last healthy count while workers fail to start, unless forced', () => {
    const crashing = { ...seen, crashLoop: { frozen: true, lastHealthyCount: 4 } };
    expect(checkPin(bench.policy, bench.state, crashing, wish({ instances: 4 }))).to.equal(null);
    expect(checkPin(bench.policy, bench.state, crashing, wish({ instances: 5 }))).to.include({
      status: 409,
      code: 'blocked:crash-loop',
      message: 'instances: given 5; at most 4 workers now, because workers fail to start. "force": true overrides it',
    });
    expect(checkPin(bench.policy, bench.state, crashing, wish({ instances: 5, force: true }))).to.equal(null);
  });

  it('can ask only the limits before the first observation', () => {
    expect(checkPin(bench.policy, bench.state, null, wish({ instances: 8 }))).to.equal(null);
  });
});

describe('a floor', () => {
  const floor = { instances: 3, reason: 'launch', by: 'ops', forMs: 20_000 };

  it('raises the number and keeps scale-downs above it', () => {
    const bench = new Bench({ rules: RULES, scaleDownStabilizationMs: 0 });
    bench.state = withFloor(bench.state, floor, bench.nowMs);
    expect(bench.step(COLD)).to.include({
      desired: 3,
      action: 'scale-up',
      reason: 'floor',
      sentence: 'Scaled up from 2 to 3: at least 3 workers, set by ops.',
    });
    expect(bench.step(COLD)).to.include({ desired: 3, reason: 'floor' });
  });

  it('lets the rules go on above it', () => {
    const bench = new Bench({ rules: RULES, workers: 3 });
    bench.state = withFloor(bench.state, { ...floor, forMs: null }, bench.nowMs);
    expect(bench.run(3, HOT).desired).to.equal(4);
  });

  it('ends at its time, or when it is taken back', () => {
    const bench = new Bench({ rules: RULES, scaleDownStabilizationMs: 0 });
    bench.state = withFloor(bench.state, floor, bench.nowMs);
    expect(bench.run(19, COLD).desired).to.equal(3);
    expect(bench.step(COLD)).to.include({ desired: 2, reason: 'rule' });
    bench.state = withFloor(bench.state, { ...floor, forMs: null }, bench.nowMs);
    expect(bench.step(COLD).desired).to.equal(3);
    bench.state = withoutFloor(bench.state);
    expect(bench.step(COLD).floor).to.equal(null);
  });

  it('gives way to memory', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withFloor(bench.state, { ...floor, instances: 9 }, bench.nowMs);
    const tight = { machine: machine({ totalMemoryBytes: 1_000_000_000, availableMemoryBytes: 250_000_000 }) };
    // (250 − 100) / 100: one more than the two.
    expect(bench.step(COLD, tight).desired).to.equal(3);
  });
});

describe('a pause', () => {
  it('leaves the number alone, and the recommendation visible, until resume', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPause(bench.state, 'ops', 'maintenance', bench.nowMs);
    const record = bench.run(5, HOT);
    expect(record).to.include({ desired: 2, action: 'hold', reason: 'paused', rule: null, recommended: 3 });
    expect(record.sentence).to.equal('Held at 2 workers: paused by ops (maintenance).');
    expect(record.wouldChange).to.deep.equal(['A resume gives the number back to the rules.']);
    expect(record.nextPossible).to.deep.equal({ scaleUpInMs: null, scaleDownInMs: null });
    bench.state = withoutPause(bench.state);
    expect(bench.step(HOT).desired).to.equal(3);
  });

  it('does not keep a pin from acting', () => {
    const bench = new Bench({ rules: RULES });
    bench.state = withPin(withPause(bench.state, 'ops', 'maintenance', bench.nowMs), wish(), bench.nowMs);
    expect(bench.step(HOT)).to.include({ desired: 4, reason: 'pin' });
  });
});

describe('automatic scaling that is switched off', () => {
  it('leaves the number alone, be it outside of the limits, and still recommends', () => {
    const bench = new Bench({ rules: RULES, workers: 12, enabled: false });
    const record = bench.run(5, HOT);
    expect(record).to.include({ desired: 12, reason: 'disabled', recommended: 13, rule: null });
    expect(record.sentence).to.equal('Held at 12 workers: automatic scaling is switched off.');
    expect(record.wouldChange).to.deep.equal(['Automatic scaling is switched off; another number can be set by hand.']);
  });

  it('changes the number by hand, and leaves it when the pin ends', () => {
    const bench = new Bench({ rules: RULES, enabled: false });
    bench.state = withPin(bench.state, wish({ forMs: 2_000 }), bench.nowMs);
    const record = bench.step(COLD);
    expect(record).to.include({ desired: 4, reason: 'pin' });
    expect(record.wouldChange).to.deep.equal([
      'A resume, or the end of the pin in 1 s, ends the pin; automatic scaling is switched off.',
    ]);
    expect(bench.run(300, COLD)).to.include({ desired: 4, reason: 'disabled' });
  });
});

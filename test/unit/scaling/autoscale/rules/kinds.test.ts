import { expect } from 'chai';
import { stepSize } from '../../../../../src/scaling/autoscale/rules/amount.ts';
import type { RuleFacts } from '../../../../../src/scaling/autoscale/rules/kind.ts';
import { conditionOf, judge, thresholdOf } from '../../../../../src/scaling/autoscale/rules/registry.ts';
import { alertRule, lowRule, rule, stepRule, targetRule } from '../fixtures/rules.ts';

function facts(value: number, given: Partial<RuleFacts> = {}): RuleFacts {
  return { value, held: false, desired: 4, ready: 4, tolerance: 0.1, ...given };
}

describe('a step', () => {
  it('is a number of workers as it stands', () => {
    expect(stepSize(2, 'workers', 10, 'up')).to.equal(2);
  });

  it('in percent is rounded up when adding and down when taking away', () => {
    // 25 % of 5 is 1.25.
    expect(stepSize(25, 'percent', 5, 'up')).to.equal(2);
    expect(stepSize(25, 'percent', 5, 'down')).to.equal(1);
    expect(stepSize(50, 'percent', 5, 'down')).to.equal(2);
  });

  it('in percent is at least one worker', () => {
    expect(stepSize(10, 'percent', 1, 'up')).to.equal(1);
    expect(stepSize(10, 'percent', 4, 'down')).to.equal(1);
  });
});

describe('a threshold rule', () => {
  it('compares as its operator says, at the threshold itself too', () => {
    const outcomes = (['gt', 'gte', 'lt', 'lte'] as const).map((operator) =>
      [79, 80, 81].map((value) => judge(rule({ operator }), facts(value)).wants),
    );
    expect(outcomes).to.deep.equal([
      ['nothing', 'nothing', 'up'],
      ['nothing', 'up', 'up'],
      ['up', 'nothing', 'nothing'],
      ['up', 'up', 'nothing'],
    ]);
  });

  it('counts its step from the number wanted', () => {
    expect(judge(rule({ scaleAmount: 2 }), facts(90))).to.deep.equal({ wants: 'up', target: 6 });
    expect(judge(lowRule(), facts(10))).to.deep.equal({ wants: 'down', target: 3 });
  });

  it('takes what is pending off its step', () => {
    // Two of four are ready. Seen with two, +2 means four: they are on their way. +3 means one more.
    expect(judge(rule({ scaleAmount: 2 }), facts(90, { ready: 2 }))).to.deep.equal({ wants: 'up', target: 4 });
    expect(judge(rule({ scaleAmount: 3 }), facts(90, { ready: 2 }))).to.deep.equal({ wants: 'up', target: 5 });
  });

  it('reads percentages of the ready workers when adding', () => {
    expect(judge(rule({ scaleAmount: 50, unit: 'percent' }), facts(90))).to.deep.equal({ wants: 'up', target: 6 });
  });

  it('with a clearThreshold holds until the value is back beyond that', () => {
    const sticky = rule({ clearThreshold: 70 });
    expect(judge(sticky, facts(75)).wants).to.equal('nothing');
    expect(judge(sticky, facts(75, { held: true })).wants).to.equal('up');
    expect(judge(sticky, facts(69, { held: true })).wants).to.equal('nothing');
  });

  it('that alerts wants no number', () => {
    expect(judge(alertRule(), facts(7))).to.deep.equal({ wants: 'alert' });
  });

  it('says its condition in the metric’s unit', () => {
    expect(conditionOf(rule(), '%', 0.1)).to.equal('≥ 80 %');
    expect(thresholdOf(rule())).to.equal(80);
  });
});

describe('a step rule', () => {
  it('goes by the farthest step that is passed', () => {
    expect(judge(stepRule(), facts(69))).to.deep.equal({ wants: 'nothing' });
    expect(judge(stepRule(), facts(70))).to.deep.equal({ wants: 'up', target: 5 });
    expect(judge(stepRule(), facts(95))).to.deep.equal({ wants: 'up', target: 7 });
  });

  it('takes away the more, the farther the value has fallen', () => {
    const steps = [
      { threshold: 30, scaleAmount: 1 },
      { threshold: 10, scaleAmount: 2 },
    ];
    const falling = stepRule({ operator: 'lte', action: 'scale-down', steps });
    expect(judge(falling, facts(20))).to.deep.equal({ wants: 'down', target: 3 });
    expect(judge(falling, facts(5))).to.deep.equal({ wants: 'down', target: 2 });
  });

  it('lingers with its mildest step until the value is beyond the clearThreshold', () => {
    const sticky = stepRule({ clearThreshold: 60 });
    expect(judge(sticky, facts(65))).to.deep.equal({ wants: 'nothing' });
    expect(judge(sticky, facts(65, { held: true }))).to.deep.equal({ wants: 'up', target: 5 });
    expect(judge(sticky, facts(59, { held: true }))).to.deep.equal({ wants: 'nothing' });
  });

  it('says all its thresholds', () => {
    expect(conditionOf(stepRule(), '%', 0.1)).to.equal('≥ 70 % / 90 %');
    expect(thresholdOf(stepRule())).to.equal(70);
  });
});

describe('a target rule', () => {
  it('wants ceil(ready × value / target)', () => {
    // 4 × 80 / 50 = 6.4
    expect(judge(targetRule(), facts(80))).to.deep.equal({ wants: 'up', target: 7 });
    // 4 × 20 / 50 = 1.6
    expect(judge(targetRule(), facts(20))).to.deep.equal({ wants: 'down', target: 2 });
  });

  it('does nothing within the tolerance, its bounds included', () => {
    expect(judge(targetRule(), facts(55))).to.deep.equal({ wants: 'nothing' });
    expect(judge(targetRule(), facts(45))).to.deep.equal({ wants: 'nothing' });
    // 4 × 55.1 / 50 = 4.408
    expect(judge(targetRule(), facts(55.1))).to.deep.equal({ wants: 'up', target: 5 });
  });

  it('prefers its own tolerance to the policy’s', () => {
    expect(judge(targetRule({ tolerance: 0.3 }), facts(64))).to.deep.equal({ wants: 'nothing' });
    expect(judge(targetRule({ tolerance: 0 }), facts(51))).to.deep.equal({ wants: 'up', target: 5 });
  });

  it('is not misled by floating point', () => {
    // 100 × 1.1 is 110.00000000000001.
    expect(judge(targetRule({ tolerance: 0 }), facts(55, { desired: 100, ready: 100 }))).to.deep.equal({
      wants: 'up',
      target: 110,
    });
  });

  it('leaves pending workers out of the formula and so does not ask for them twice', () => {
    // 2 × 80 / 50 = 3.2: four are wanted, and wanted already.
    expect(judge(targetRule(), facts(80, { ready: 2, desired: 4 }))).to.deep.equal({ wants: 'up', target: 4 });
  });

  it('agrees to no smaller number when the formula, rounded up, gives the present one', () => {
    // 4 × 44 / 50 = 3.52
    expect(judge(targetRule(), facts(44))).to.deep.equal({ wants: 'nothing' });
  });

  it('says its target and tolerance', () => {
    expect(conditionOf(targetRule(), '%', 0.1)).to.equal('near 50 % (± 10 %)');
    expect(thresholdOf(targetRule())).to.equal(50);
  });
});

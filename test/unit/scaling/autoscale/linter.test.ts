import { expect } from 'chai';
import type { ScalingRule } from '../../../../config/rule-types.ts';
import { lintRules } from '../../../../src/scaling/autoscale/linter.ts';
import { createPolicy, type PolicyOverrides } from '../../../../src/scaling/autoscale/policy.ts';
import { lowRule, rule, stepRule, targetRule } from './fixtures/rules.ts';

function lint(
  rules: readonly ScalingRule[],
  limits: { min: number; max: number } = { min: 1, max: 10 },
  overrides: PolicyOverrides = {},
): readonly string[] {
  return lintRules(createPolicy(rules, limits, overrides));
}

/** What the customer's +2 would do were it not at most a doubling. */
const UNPACED = { scaleUpMaxPercent: 1_000 };

describe('the linter, for metrics that scale as 1/n', () => {
  it('accepts cpu ≥ 80 % → +2 with cpu ≤ 30 % → −1, because a step at most doubles', () => {
    // 1 → 2 leaves 40, 2 → 4 leaves 40, 3 → 5 leaves 48, and more from there on.
    expect(lint([rule({ scaleAmount: 2 }), lowRule()])).to.deep.equal([]);
  });

  it('refuses the same rules where one worker would become three: 80 · 1/3 is below 30', () => {
    expect(lint([rule({ scaleAmount: 2 }), lowRule()], undefined, UNPACED)).to.deep.equal([
      'rules "cpu-high" and "cpu-low" flap: at 80 % with 1 worker the step up to 3 leaves 26.67 %, where "cpu-low" (30 %) takes workers away; its threshold must be below 26.67 %',
    ]);
    expect(lint([rule({ scaleAmount: 2 }), lowRule({ threshold: 26 })], undefined, UNPACED)).to.deep.equal([]);
  });

  it('demands it only at the numbers within the limits', () => {
    // From two on: 80 · 2/4 = 40.
    expect(lint([rule({ scaleAmount: 2 }), lowRule()], { min: 2, max: 10 }, UNPACED)).to.deep.equal([]);
    // 1 → 2 is all there is room for: 40.
    expect(lint([rule({ scaleAmount: 2 }), lowRule()], { min: 1, max: 2 }, UNPACED)).to.deep.equal([]);
    expect(lint([rule(), lowRule({ threshold: 79 })], { min: 3, max: 3 })).to.deep.equal([]);
  });

  it('refuses a value that is exactly where the other rule acts', () => {
    expect(lint([rule(), lowRule({ threshold: 40 })])).to.have.length(1);
    expect(lint([rule(), lowRule({ threshold: 39.9 })])).to.deep.equal([]);
  });

  it('looks at the step down as well', () => {
    // 3 workers at 30 %: −2 would leave one at 90 %; the pace lets one go: 45 %.
    expect(lint([rule(), lowRule({ scaleAmount: 2 })])).to.deep.equal([]);
    expect(lint([rule(), lowRule({ scaleAmount: 2 })], undefined, { scaleDownMaxPercent: 100 })).to.deep.equal([
      'rules "cpu-high" and "cpu-low" flap: at 30 % with 3 workers the step down to 1 leads to 90 %, where "cpu-high" (80 %) adds workers; its threshold must be above 90 %',
    ]);
  });

  it('reads percentages of the number at hand', () => {
    // 100 % of 1 and of 2: 40 %.
    expect(lint([rule({ scaleAmount: 100, unit: 'percent' }), lowRule({ threshold: 39 })])).to.deep.equal([]);
    expect(lint([rule({ scaleAmount: 100, unit: 'percent' }), lowRule({ threshold: 41 })])).to.have.length(1);
  });

  it('goes by the clearThresholds, at which rules may still act', () => {
    expect(lint([rule({ clearThreshold: 61 }), lowRule()])).to.deep.equal([]);
    // 60 · 1/2 = 30
    expect(lint([rule({ clearThreshold: 60 }), lowRule()])).to.have.length(1);
    expect(lint([rule(), lowRule({ clearThreshold: 40 })])).to.have.length(1);
  });

  it('looks at each step of a step rule', () => {
    const steps = [
      { threshold: 70, scaleAmount: 1 },
      { threshold: 90, scaleAmount: 4 },
    ];
    // With steps as large as they like: 70 · 1/2 = 35, but 90 · 1/5 = 18.
    expect(lint([stepRule({ steps }), lowRule()], undefined, UNPACED)[0]).to.match(
      /^rules "cpu-steps" and "cpu-low" flap: at 90 %/,
    );
    expect(lint([stepRule({ steps }), lowRule()])).to.deep.equal([]);
  });

  it('refuses thresholds that can hold at once', () => {
    expect(lint([rule(), lowRule({ threshold: 85 })])).to.deep.equal([
      'rules "cpu-high" and "cpu-low" flap: both can hold at once, cpu ≥ 80 % and cpu ≤ 85 %',
    ]);
  });

  it('refuses rules that drive their metric farther away', () => {
    expect(lint([rule({ operator: 'lt', threshold: 20 })])).to.deep.equal([
      'rule "cpu-high": scale-up at cpu < drives cpu farther that way; scale-up needs gt or gte',
    ]);
    expect(lint([lowRule({ operator: 'gt', metric: 'inFlight' })])).to.deep.equal([
      'rule "cpu-low": scale-down at inFlight > drives inFlight farther that way; scale-down needs lt or lte',
    ]);
  });

  it('leaves alone what is of different metrics, disabled, or scales nothing', () => {
    expect(lint([rule(), lowRule({ metric: 'elu', threshold: 79 })])).to.deep.equal([]);
    expect(lint([rule(), lowRule({ threshold: 79, enabled: false })])).to.deep.equal([]);
    expect(lint([rule({ action: 'alert', scaleAmount: 0 }), lowRule({ threshold: 79 })])).to.deep.equal([]);
  });

  it('refuses a step up that overshoots a target on the same metric', () => {
    // 4 workers at 80 %: +2 leaves 53.3 %, near the target of 50. At 1 → 2 there are 40 %, below 45: ceil(2 · 0.8) = 2 stay.
    expect(lint([rule({ scaleAmount: 2 }), targetRule()])).to.deep.equal([]);
    // 2 → 4 leaves 40 %, of a target of 70: ceil(4 · 0.571) = 3.
    expect(lint([rule({ scaleAmount: 2 }), targetRule({ target: 70 })])).to.deep.equal([
      'rules "cpu-high" and "cpu-target" flap: at 80 % with 2 workers the step up to 4 leaves 40 %, where "cpu-target" (target 70 %) wants 3',
    ]);
    const latencies = [
      rule({ metric: 'responseTime', threshold: 500 }),
      targetRule({ metric: 'responseTime', target: 400 }),
    ];
    expect(lint(latencies)).to.deep.equal([]);
  });
});

describe('the linter, for metrics of which nobody knows how they answer', () => {
  it('demands only that the lower threshold is below the upper', () => {
    const up = rule({ name: 'slow', metric: 'responseTime', threshold: 500, scaleAmount: 5 });
    expect(lint([up, lowRule({ name: 'fast', metric: 'responseTime', threshold: 499 })])).to.deep.equal([]);
    expect(lint([up, lowRule({ name: 'fast', metric: 'responseTime', threshold: 500 })])).to.deep.equal([
      'rules "slow" and "fast" flap: both can hold at once, responseTime ≥ 500 ms and responseTime ≤ 500 ms',
    ]);
  });

  it('accepts gauges that fall as the need grows', () => {
    const scarce = rule({ name: 'scarce', metric: 'custom:free', operator: 'lte', threshold: 1 });
    const plenty = lowRule({ name: 'plenty', metric: 'custom:free', operator: 'gte', threshold: 5 });
    expect(lint([scarce, plenty])).to.deep.equal([]);
    expect(lint([scarce, { ...plenty, threshold: 1 }])).to.have.length(1);
    expect(lint([scarce, { ...plenty, operator: 'lte', threshold: 5 }])[0]).to.equal(
      'rules "scarce" and "plenty" flap: both can hold at once, custom:free ≤ 1 and custom:free ≤ 5',
    );
  });
});

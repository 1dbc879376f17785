import { expect } from 'chai';
import type { ScalingRule } from '../../../../config/rule-types.ts';
import { lintRules } from '../../../../src/scaling/autoscale/linter.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import { alertRule, lowRule, rule, stepRule, targetRule } from './fixtures/rules.ts';

const LIMITS = { min: 1, max: 10 };
const find = (...rules: readonly ScalingRule[]): readonly string[] => lintRules(createPolicy(rules, LIMITS));

/** Each kind of bad rules with the sentence it gets. */
const FINDINGS: readonly [what: string, rules: readonly ScalingRule[], sentence: string][] = [
  [
    'a step up that the scale-down undoes',
    [rule({ threshold: 60 }), lowRule({ threshold: 40 })],
    'rules "cpu-high" and "cpu-low" flap: at 60 % with 1 worker the step up to 2 leaves 30 %, where "cpu-low" (40 %) takes workers away; its threshold must be below 30 %',
  ],
  [
    'thresholds that hold at once',
    [
      rule({ metric: 'responseTime', threshold: 100 }),
      lowRule({ metric: 'responseTime', aggregate: 'p95', threshold: 200 }),
    ],
    'rules "cpu-high" and "cpu-low" flap: both can hold at once, responseTime ≥ 100 ms and responseTime ≤ 200 ms',
  ],
  [
    'a rule that drives its metric farther away',
    [rule({ operator: 'lte', threshold: 20 })],
    'rule "cpu-high": scale-up at cpu ≤ drives cpu farther that way; scale-up needs gt or gte',
  ],
  [
    'a rule that answers slowness backwards',
    [lowRule({ metric: 'responseTime', aggregate: 'p95', operator: 'gte', threshold: 800 })],
    'rule "cpu-low": scale-down at responseTime ≥ is backwards, responseTime rises when workers are short; scale-down needs lt or lte',
  ],
  [
    'scaling by errors',
    [rule({ metric: 'errorRate', threshold: 5 })],
    'rule "cpu-high": scale-up at errorRate ≥: another number of workers repairs no error; make it an alert',
  ],
  [
    'a threshold above all values',
    [rule({ metric: 'elu', operator: 'gt', threshold: 100 })],
    'rule "cpu-high": it never holds at > 100 %: elu is at most 100 %',
  ],
  [
    'a threshold below all values',
    [lowRule({ operator: 'lt', threshold: 0 })],
    'rule "cpu-low": it never holds at < 0 %: cpu is never below 0',
  ],
  [
    'a condition that always holds',
    [rule({ threshold: 0 })],
    'rule "cpu-high": it always holds (cpu ≥ 0 %), so MAX_INSTANCES would be the only number',
  ],
  [
    'a rule that never ends once it holds',
    [alertRule({ clearThreshold: 0 })],
    'rule "errors": once it holds it never ends: no errorRate is beyond its clearThreshold 0',
  ],
  [
    'a farther step that is smaller',
    [
      stepRule({
        steps: [
          { threshold: 70, scaleAmount: 3 },
          { threshold: 90, scaleAmount: 1 },
        ],
      }),
    ],
    'rule "cpu-steps": its step at 90 moves 1, the milder one at 70 3; a farther step must not be smaller',
  ],
  [
    'a target that can’t be passed',
    [targetRule({ metric: 'elu', target: 95 })],
    'rule "cpu-target": it never adds a worker: that takes more than 104.5 % (target 95 % and its tolerance), and elu is at most 100 %',
  ],
  [
    'two targets for one metric',
    [targetRule({ target: 40 }), targetRule({ name: 'cpu-other', target: 60 })],
    'rules "cpu-target" and "cpu-other": they hold cpu near 40 % and near 60 % at once; "cpu-other" never has its way',
  ],
  [
    'a rule that is there twice',
    [rule(), rule({ name: 'again', cooldownMs: 1_000 })],
    'rules "cpu-high" and "again": they say the same; the one with the longer cooldown changes nothing',
  ],
  [
    'scale-downs that exclude each other',
    [
      lowRule({ name: 'empty', metric: 'custom:jobs', threshold: 5 }),
      lowRule({ name: 'full', metric: 'custom:jobs', operator: 'gte', threshold: 20 }),
    ],
    'rules "empty" and "full": no worker is ever taken away, for both must hold for that: custom:jobs ≥ 20 and ≤ 5',
  ],
  [
    'a step up that overshoots a target',
    [rule({ threshold: 60, scaleAmount: 5 }), targetRule({ target: 50 })],
    'rules "cpu-high" and "cpu-target" flap: at 60 % with 2 workers the step up to 4 leaves 30 %, where "cpu-target" (target 50 %) wants 3',
  ],
];

describe('the linter names', () => {
  for (const [what, rules, sentence] of FINDINGS) {
    it(what, () => {
      expect(find(...rules)).to.include(sentence);
    });
  }

  it('nothing in rules that can do their work', () => {
    const good = [
      rule(),
      lowRule(),
      rule({ name: 'elu-high', metric: 'elu', operator: 'gt', threshold: 95 }),
      targetRule({ metric: 'inFlight', target: 20 }),
      lowRule({ name: 'few-jobs', metric: 'custom:jobs', threshold: 0 }),
      rule({ name: 'jobs', metric: 'custom:jobs', threshold: 0.5 }),
      alertRule(),
    ];
    expect(find(...good)).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import { parseScalingRules, RulesError } from '../../../config/rules.ts';

const CPU = {
  name: 'cpu-high',
  metric: 'cpu',
  operator: 'gte',
  threshold: 80,
  action: 'scale-up',
  scaleAmount: 2,
  cooldownPeriod: 300_000,
  priority: 9,
};
const STEPS = {
  name: 'steps',
  type: 'step',
  metric: 'elu',
  operator: 'gt',
  steps: [
    { threshold: 70, scaleAmount: 1 },
    { threshold: 90, scaleAmount: 50 },
  ],
  unit: 'percent',
  action: 'scale-up',
  cooldownPeriod: 0,
};
const TARGET = { name: 'target', type: 'target', metric: 'custom:queue_depth', target: 12.5, cooldownPeriod: 1_000 };

const fine = () => [];

/** What is wrong with a file of these rules. */
function problemsOf(...rules: readonly unknown[]): readonly string[] {
  return problemsOfFile({ rules });
}

function problemsOfFile(file: unknown): readonly string[] {
  try {
    parseScalingRules(file, fine);
  } catch (error) {
    expect(error).to.be.instanceOf(RulesError);
    return (error as RulesError).problems;
  }
  return [];
}

function without(rule: object, field: string): object {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => key !== field));
}

describe('a rules file', () => {
  it('is read in the customer’s shape, with defaults filled in', () => {
    expect(parseScalingRules({ rules: [CPU] }, fine)).to.deep.equal([
      {
        type: 'threshold',
        name: 'cpu-high',
        enabled: true,
        metric: 'cpu',
        aggregate: 'mean',
        windowMs: 10_000,
        operator: 'gte',
        threshold: 80,
        clearThreshold: null,
        action: 'scale-up',
        scaleAmount: 2,
        unit: 'workers',
        cooldownMs: 300_000,
        priority: 9,
      },
    ]);
  });

  it('may have step and target rules, and alerts without an amount', () => {
    const alert = {
      ...without(CPU, 'scaleAmount'),
      name: 'errors',
      metric: 'errorRate',
      threshold: 5,
      action: 'alert',
      enabled: false,
    };
    const rules = parseScalingRules({ rules: [STEPS, TARGET, alert] }, fine);
    expect(rules).to.deep.equal([
      {
        type: 'step',
        name: 'steps',
        enabled: true,
        metric: 'elu',
        aggregate: 'mean',
        windowMs: 10_000,
        operator: 'gt',
        steps: STEPS.steps,
        clearThreshold: null,
        action: 'scale-up',
        unit: 'percent',
        cooldownMs: 0,
        priority: 0,
      },
      {
        type: 'target',
        name: 'target',
        enabled: true,
        metric: 'custom:queue_depth',
        aggregate: 'mean',
        windowMs: 10_000,
        target: 12.5,
        tolerance: null,
        cooldownMs: 1_000,
        priority: 0,
      },
      {
        type: 'threshold',
        name: 'errors',
        enabled: false,
        metric: 'errorRate',
        aggregate: 'mean',
        windowMs: 10_000,
        operator: 'gte',
        threshold: 5,
        clearThreshold: null,
        action: 'alert',
        scaleAmount: 0,
        unit: 'workers',
        cooldownMs: 300_000,
        priority: 9,
      },
    ]);
  });

  it('judges response times by p95 unless it says p50 or p99', () => {
    const slow = { ...CPU, metric: 'responseTime', threshold: 500 };
    const aggregates = [slow, { ...slow, name: 'b', aggregate: 'p99' }];
    expect(parseScalingRules({ rules: aggregates }, fine).map(({ aggregate }) => aggregate)).to.deep.equal([
      'p95',
      'p99',
    ]);
  });

  it('may be empty', () => {
    expect(parseScalingRules({ rules: [] }, fine)).to.deep.equal([]);
  });

  it('must be an object with a list of rules', () => {
    expect(problemsOfFile([CPU])[0]).to.match(/^the file: given \[\{.*; must be an object \{"rules": \[\.\.\.\]\}$/);
    expect(problemsOfFile('x')).to.deep.equal(['the file: given "x"; must be an object {"rules": [...]}']);
    expect(problemsOfFile({})).to.deep.equal(['the file: is missing; it must be a list of rules']);
    expect(problemsOfFile({ rules: 5 })).to.deep.equal(['the file: given 5; must be a list of rules']);
    expect(problemsOfFile({ rules: [], policy: {} })).to.deep.equal(['the file: unknown field "policy"']);
    expect(problemsOf('rule')).to.deep.equal(['rule 1: given "rule"; must be an object with the rule’s fields']);
    expect(problemsOfFile({ rules: new Array(101).fill(CPU) })[0]).to.match(/must have at most 100 rules$/);
  });

  it('tells all its mistakes at once: the rule, the field, what is given, what is allowed', () => {
    const wrong = {
      ...CPU,
      metric: 'cpus',
      operator: '>=',
      threshold: '80',
      action: 'scale_up',
      scaleAmount: 0.5,
      cooldownPeriod: -1,
    };
    const metrics = 'cpu, elu, memory, inFlight, requestRate, responseTime, errorRate, capacity, bandwidth';
    expect(problemsOf(CPU, wrong, { ...STEPS, name: '-' })).to.deep.equal([
      `rule "cpu-high": metric: given "cpus"; must be one of ${metrics}, or custom:<name of a gauge>`,
      'rule "cpu-high": cooldownPeriod: given -1; must be a whole number from 0 to 86400000 (ms)',
      'rule "cpu-high": operator: given ">="; must be one of gt, gte, lt, lte',
      'rule "cpu-high": threshold: given "80"; must be a number from 0 to 1000000000000',
      'rule "cpu-high": action: given "scale_up"; must be one of scale-up, scale-down, alert',
      'rule "cpu-high": scaleAmount: given 0.5; must be a whole number from 0 to 1000 (workers or percent)',
      'rule "-": name: given "-"; must be 1 to 64 letters, digits, ".", "_" or "-", beginning with a letter or digit',
    ]);
  });

  it('names fields that are missing or unknown', () => {
    expect(problemsOf(without(CPU, 'operator'))).to.deep.equal([
      'rule "cpu-high": operator: is missing; it must be one of gt, gte, lt, lte',
    ]);
    expect(problemsOf(without(CPU, 'name'))[0]).to.match(/^rule 1: name: is missing; it must be 1 to 64 letters/);
    expect(problemsOf({ ...CPU, schedule: '0 8 * * *' })).to.deep.equal(['rule "cpu-high": unknown field "schedule"']);
    expect(problemsOf({ ...TARGET, operator: 'gt' })).to.deep.equal(['rule "target": unknown field "operator"']);
    const steps = [{ threshold: 70, scaleAmount: 1, unit: 'percent' }];
    expect(problemsOf({ ...STEPS, steps })).to.deep.equal(['rule "steps": unknown field "steps.0.unit"']);
    expect(problemsOf({ ...CPU, type: 'magic' })).to.deep.equal([
      'rule "cpu-high": type: given "magic"; must be one of threshold, step, target',
    ]);
    expect(problemsOf({ ...CPU, metric: 'custom:' })[0]).to.match(
      /^rule "cpu-high": metric: given "custom:"; must be one of/,
    );
  });

  it('refuses names that are given twice', () => {
    expect(problemsOf(CPU, CPU, CPU)).to.deep.equal([
      'rule "cpu-high": the name is given more than once; names must differ',
    ]);
  });

  it('refuses aggregates that the metric does not have', () => {
    expect(problemsOf({ ...CPU, aggregate: 'p95' })).to.deep.equal([
      'rule "cpu-high": aggregate: given "p95"; cpu is judged by its mean',
    ]);
    expect(problemsOf({ ...CPU, metric: 'responseTime', threshold: 500, aggregate: 'mean' })).to.deep.equal([
      'rule "cpu-high": aggregate: given "mean"; responseTime is judged by p50, p95 or p99',
    ]);
  });

  it('refuses shares written as ratios, and more than the whole', () => {
    expect(problemsOf({ ...CPU, threshold: 0.8, clearThreshold: 0.7 })).to.deep.equal([
      'rule "cpu-high": threshold: given 0.8; cpu is in percent, write 80',
      'rule "cpu-high": clearThreshold: given 0.7; cpu is in percent, write 70',
    ]);
    expect(problemsOf({ ...CPU, metric: 'memory', threshold: 101 })).to.deep.equal([
      'rule "cpu-high": threshold: given 101; memory is in percent, at most 100',
    ]);
    // Workers with threads use more than one core; half a percent of errors is a threshold one may want.
    expect(problemsOf({ ...CPU, threshold: 150 })).to.deep.equal([]);
    expect(problemsOf({ ...CPU, metric: 'errorRate', threshold: 0.5 })).to.deep.equal([]);
    const ratios = [
      { threshold: 0.7, scaleAmount: 1 },
      { threshold: 90, scaleAmount: 1 },
    ];
    expect(problemsOf({ ...STEPS, steps: ratios })).to.deep.equal([
      'rule "steps": steps[0].threshold: given 0.7; elu is in percent, write 70',
    ]);
    expect(problemsOf({ ...TARGET, metric: 'cpu', target: 0.5 })).to.deep.equal([
      'rule "target": target: given 0.5; cpu is in percent, write 50',
    ]);
  });

  it('refuses a clearThreshold on the wrong side', () => {
    expect(problemsOf({ ...CPU, clearThreshold: 81 })).to.deep.equal([
      'rule "cpu-high": clearThreshold: given 81; with gte it must be at most 80',
    ]);
    expect(problemsOf({ ...CPU, operator: 'lt', clearThreshold: 79 })).to.deep.equal([
      'rule "cpu-high": clearThreshold: given 79; with lt it must be at least 80',
    ]);
    expect(problemsOf({ ...CPU, clearThreshold: 70 })).to.deep.equal([]);
  });

  it('refuses steps that are out of order, or none', () => {
    const steps = [...STEPS.steps].reverse();
    expect(problemsOf({ ...STEPS, steps })).to.deep.equal([
      'rule "steps": steps: with gt the thresholds must rise from step to step',
    ]);
    expect(problemsOf({ ...STEPS, operator: 'lte', action: 'scale-down' })).to.deep.equal([
      'rule "steps": steps: with lte the thresholds must fall from step to step',
    ]);
    expect(problemsOf({ ...STEPS, steps: [] })).to.deep.equal([
      'rule "steps": steps: given []; must have at least one step',
    ]);
  });

  it('refuses amounts that do not go with the action', () => {
    expect(problemsOf({ ...CPU, scaleAmount: 0 })).to.deep.equal([
      'rule "cpu-high": scaleAmount: scale-up needs at least 1',
    ]);
    expect(problemsOf({ ...CPU, action: 'alert' })).to.deep.equal([
      'rule "cpu-high": scaleAmount: given 2; an alert scales nothing, leave it out',
    ]);
  });

  it('refuses targets for what more workers do not lower', () => {
    expect(problemsOf({ ...TARGET, metric: 'memory', target: 70 })).to.deep.equal([
      'rule "target": metric: given "memory"; more workers do not lower it, so it can\'t have a target',
    ]);
  });

  it('is refused when the linter objects, which is asked about complete rules of the right form only', () => {
    let asked = 0;
    const lint = () => {
      asked += 1;
      return ['rules "a" and "b" flap'];
    };
    expect(() => parseScalingRules({ rules: [CPU, CPU] }, lint)).to.throw(RulesError, 'more than once');
    expect(asked).to.equal(0);
    expect(() => parseScalingRules({ rules: [CPU] }, lint))
      .to.throw(RulesError, 'The scaling rules have a mistake:\n  rules "a" and "b" flap')
      .with.property('code', 'RULES_INVALID');
  });

  it('counts its mistakes in the message', () => {
    expect(() => parseScalingRules({ rules: [{}, { ...CPU, bad: 1, worse: 2 }] }, fine)).to.throw(
      RulesError,
      /^The scaling rules have \d+ mistakes:\n {2}rule 1: /,
    );
  });
});

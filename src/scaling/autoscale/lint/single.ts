import type { MetricName, ScalingRule, TargetRule } from '../../../../config/rule-types.ts';
import { metricOf } from '../metrics/registry.ts';
import { quantity } from '../quantity.ts';
import { isRising, OPERATOR_SIGNS } from '../rules/comparison.ts';

type SteppingRule = Exclude<ScalingRule, TargetRule>;

/** Metrics that can't pass 100. A worker with threads can use more than one core, so `cpu` is none of them. */
const AT_MOST_100: ReadonlySet<MetricName> = new Set(['elu', 'memory', 'errorRate', 'capacity', 'bandwidth']);
/** What rises when there is too little of something: to answer it the other way round helps nobody. */
const RISES_WITH_NEED: ReadonlySet<MetricName> = new Set(['responseTime', 'capacity', 'bandwidth']);

/** What is wrong with a rule by itself; one sentence each. */
export function lintOne(rule: ScalingRule, tolerance: number): readonly string[] {
  const findings = rule.type === 'target' ? [deafTarget(rule, tolerance)] : steppingFindings(rule);
  return findings.flatMap((finding) => (finding === null ? [] : [`rule "${rule.name}": ${finding}`]));
}

function steppingFindings(rule: SteppingRule): readonly (string | null)[] {
  return [wrongWay(rule), byErrors(rule), neverHolds(rule), alwaysHolds(rule), neverClears(rule), weakerStep(rule)];
}

/** More workers for a small share of load each would make the share smaller still. */
function wrongWay({ metric, operator, action }: SteppingRule): string | null {
  if (action === 'alert' || isRising(operator) === (action === 'scale-up')) return null;
  const needs = action === 'scale-up' ? 'gt or gte' : 'lt or lte';
  const what = `${action} at ${metric} ${OPERATOR_SIGNS[operator]}`;
  if (metricOf(metric).response === 'inverse')
    return `${what} drives ${metric} farther that way; ${action} needs ${needs}`;
  return RISES_WITH_NEED.has(metric)
    ? `${what} is backwards, ${metric} rises when workers are short; ${action} needs ${needs}`
    : null;
}

function byErrors({ metric, operator, action }: SteppingRule): string | null {
  if (metric !== 'errorRate' || action === 'alert' || !isRising(operator)) return null;
  return `${action} at errorRate ${OPERATOR_SIGNS[operator]}: another number of workers repairs no error; make it an alert`;
}

function thresholds(rule: SteppingRule): readonly number[] {
  return rule.type === 'step' ? rule.steps.map(({ threshold }) => threshold) : [rule.threshold];
}

/** A threshold that no value passes. */
function neverHolds(rule: SteppingRule): string | null {
  const { metric, operator } = rule;
  const isBuiltIn = !metric.startsWith('custom:');
  const dead = thresholds(rule).find((threshold) =>
    operator === 'gt' ? AT_MOST_100.has(metric) && threshold >= 100 : operator === 'lt' && isBuiltIn && threshold <= 0,
  );
  if (dead === undefined) return null;
  const reach = operator === 'gt' ? 'at most 100 %' : 'never below 0';
  return `it never holds at ${OPERATOR_SIGNS[operator]} ${quantity(dead, metricOf(metric).unit)}: ${metric} is ${reach}`;
}

/** A threshold that every value passes: the number runs to its limit and stays there. */
function alwaysHolds(rule: SteppingRule): string | null {
  const { metric, operator, action } = rule;
  const isBuiltIn = !metric.startsWith('custom:');
  const all = thresholds(rule).find((threshold) =>
    operator === 'gte'
      ? isBuiltIn && threshold <= 0
      : operator === 'lte' && AT_MOST_100.has(metric) && threshold >= 100,
  );
  if (all === undefined || action === 'scale-down') return null;
  const where = `${metric} ${OPERATOR_SIGNS[operator]} ${quantity(all, metricOf(metric).unit)}`;
  return `it always holds (${where}), so MAX_INSTANCES would be the only number`;
}

function neverClears({ metric, operator, clearThreshold }: SteppingRule): string | null {
  if (clearThreshold === null || metric.startsWith('custom:')) return null;
  const never =
    operator === 'gte' ? clearThreshold <= 0 : operator === 'lte' && AT_MOST_100.has(metric) && clearThreshold >= 100;
  return never ? `once it holds it never ends: no ${metric} is beyond its clearThreshold ${clearThreshold}` : null;
}

function weakerStep(rule: SteppingRule): string | null {
  if (rule.type !== 'step') return null;
  const index = rule.steps.findIndex(({ scaleAmount }, at) => scaleAmount < (rule.steps[at - 1]?.scaleAmount ?? 0));
  const [milder, farther] = [rule.steps[index - 1], rule.steps[index]];
  if (milder === undefined || farther === undefined) return null;
  return `its step at ${farther.threshold} moves ${farther.scaleAmount}, the milder one at ${milder.threshold} ${milder.scaleAmount}; a farther step must not be smaller`;
}

/** A target so high that the value can't pass its tolerance. */
function deafTarget({ metric, target, tolerance: own }: TargetRule, tolerance: number): string | null {
  const reach = target * (1 + (own ?? tolerance));
  if (!AT_MOST_100.has(metric) || reach < 100) return null;
  return `it never adds a worker: that takes more than ${quantity(reach, '%')} (target ${quantity(target, '%')} and its tolerance), and ${metric} is at most 100 %`;
}

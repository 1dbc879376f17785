import type { ScalingRule, TargetRule } from '../../../config/rule-types.ts';
import { lintPairs } from './lint/pairs.ts';
import { lintOne } from './lint/single.ts';
import { metricOf } from './metrics/registry.ts';
import { paceDown, paceUp } from './pace.ts';
import type { ScalingPolicy } from './policy.ts';
import { quantity, workers } from './quantity.ts';
import { stepSize } from './rules/amount.ts';
import { isRising, OPERATOR_SIGNS } from './rules/comparison.ts';
import { isWithin, workersFor } from './rules/target.ts';

/** What the linter goes by: the rules, and how far one step may lead. */
export type LintedPolicy = Pick<
  ScalingPolicy,
  'rules' | 'limits' | 'tolerance' | 'scaleUpMaxPercent' | 'scaleDownMaxPercent'
>;

type SteppingRule = Exclude<ScalingRule, TargetRule>;

/** One threshold with its step: a threshold rule has one, a step rule several. */
interface Edge {
  readonly rule: SteppingRule;
  /** The value at which the rule may still act: its `clearThreshold`, if it has one. */
  readonly threshold: number;
  readonly amount: number;
}

/**
 * Refuses rules that must flap, whatever the load does, and rules that can't do what they were written for (`lint/`).
 *
 * For a metric that scales as 1/n (cpu, elu, inFlight, requestRate) a value that is just at the upper threshold with n workers is
 * `up · n / (n + amount)` after the scale-up; at or below the lower threshold the workers would be taken away again. So at every n
 * within the limits `down < up · n / (n + amount)`, with the scale-down's amount likewise. Of the other metrics only `down < up` can be
 * demanded, for nobody knows how they answer.
 * @returns one sentence per objection, naming both rules; none when the rules are fine
 */
export function lintRules(policy: LintedPolicy): readonly string[] {
  const enabled = policy.rules.filter((rule) => rule.enabled);
  const stepping = enabled.filter((rule): rule is SteppingRule => rule.type !== 'target');
  const targets = enabled.filter((rule): rule is TargetRule => rule.type === 'target');
  const ups = stepping.filter((rule) => rule.action === 'scale-up');
  const downs = stepping.filter((rule) => rule.action === 'scale-down');
  return [
    ...enabled.flatMap((rule) => lintOne(rule, policy.tolerance)),
    ...lintPairs(enabled, policy.tolerance),
    ...ups.flatMap((up) =>
      downs.filter((down) => down.metric === up.metric).flatMap((down) => pairFlaps(policy, up, down)),
    ),
    ...ups.flatMap((up) =>
      targets.filter((target) => target.metric === up.metric).flatMap((target) => targetFlaps(policy, up, target)),
    ),
  ];
}

function pairFlaps(policy: LintedPolicy, up: SteppingRule, down: SteppingRule): readonly string[] {
  for (const upper of edgesOf(up)) {
    for (const lower of edgesOf(down)) {
      const objection =
        overlap(upper, lower) ?? (metricOf(up.metric).response === 'inverse' ? rebound(policy, upper, lower) : null);
      if (objection !== null) return [`rules "${up.name}" and "${down.name}" flap: ${objection}`];
    }
  }
  return [];
}

function edgesOf(rule: SteppingRule): readonly Edge[] {
  const steps = rule.type === 'step' ? rule.steps : [{ threshold: rule.threshold, scaleAmount: rule.scaleAmount }];
  const edges = steps.map(({ threshold, scaleAmount }) => ({ rule, threshold, amount: scaleAmount }));
  const [first] = edges;
  return rule.clearThreshold === null || first === undefined
    ? edges
    : [{ ...first, threshold: rule.clearThreshold }, ...edges];
}

/** A value for which both hold. */
function overlap(up: Edge, down: Edge): string | null {
  const rising = isRising(up.rule.operator);
  const apart = rising ? down.threshold < up.threshold : down.threshold > up.threshold;
  if (apart && rising !== isRising(down.rule.operator)) return null;
  const { unit } = metricOf(up.rule.metric);
  const words = ({ rule, threshold }: Edge) =>
    `${rule.metric} ${OPERATOR_SIGNS[rule.operator]} ${quantity(threshold, unit)}`;
  return `both can hold at once, ${words(up)} and ${words(down)}`;
}

/** A step after which the other rule leads back. */
function rebound(policy: LintedPolicy, up: Edge, down: Edge): string | null {
  const { min, max } = policy.limits;
  const { unit } = metricOf(up.rule.metric);
  for (let count = min; count < max; count += 1) {
    const after = countAfterUp(policy, up, count);
    const left = (up.threshold * count) / after;
    if (down.threshold >= left) {
      return `at ${quantity(up.threshold, unit)} with ${workers(count)} the step up to ${after} leaves ${quantity(left, unit)}, where "${down.rule.name}" (${quantity(down.threshold, unit)}) takes workers away; its threshold must be below ${quantity(left, unit)}`;
    }
    const larger = count + 1;
    const fewer = countAfterDown(policy, down, larger);
    const reached = (down.threshold * larger) / fewer;
    if (reached >= up.threshold) {
      return `at ${quantity(down.threshold, unit)} with ${workers(larger)} the step down to ${fewer} leads to ${quantity(reached, unit)}, where "${up.rule.name}" (${quantity(up.threshold, unit)}) adds workers; its threshold must be above ${quantity(reached, unit)}`;
    }
  }
  return null;
}

/** Target rules agree with no scale-down that their own formula does not want; what can flap is a step up that overshoots the target. */
function targetFlaps(policy: LintedPolicy, up: SteppingRule, target: TargetRule): readonly string[] {
  const { unit, response } = metricOf(up.metric);
  const { min, max } = policy.limits;
  if (response !== 'inverse') return [];
  for (const edge of edgesOf(up)) {
    for (let count = min; count < max; count += 1) {
      const after = countAfterUp(policy, edge, count);
      const left = (edge.threshold * count) / after;
      const ratio = left / target.target;
      const wanted = Math.max(min, workersFor(ratio, after));
      if (ratio < 1 && !isWithin(target.tolerance ?? policy.tolerance, ratio) && wanted < after) {
        return [
          `rules "${up.name}" and "${target.name}" flap: at ${quantity(edge.threshold, unit)} with ${workers(count)} the step up to ${after} leaves ${quantity(left, unit)}, where "${target.name}" (target ${quantity(target.target, unit)}) wants ${wanted}`,
        ];
      }
    }
  }
  return [];
}

function countAfterUp(policy: LintedPolicy, { rule, amount }: Edge, count: number): number {
  return Math.min(policy.limits.max, paceUp(policy, count), count + stepSize(amount, rule.unit, count, 'up'));
}

function countAfterDown(policy: LintedPolicy, { rule, amount }: Edge, count: number): number {
  return Math.max(policy.limits.min, paceDown(policy, count, []), count - stepSize(amount, rule.unit, count, 'down'));
}

import type { ScalingRule, TargetRule } from '../../../../config/rule-types.ts';
import { metricOf } from '../metrics/registry.ts';
import { quantity } from '../quantity.ts';
import { isRising, OPERATOR_SIGNS } from '../rules/comparison.ts';

type SteppingRule = Exclude<ScalingRule, TargetRule>;

/** What is wrong with two rules together, flapping aside; one sentence each. */
export function lintPairs(rules: readonly ScalingRule[], tolerance: number): readonly string[] {
  return rules.flatMap((one, index) =>
    rules.slice(index + 1).flatMap((other) => {
      if (one.metric !== other.metric || one.aggregate !== other.aggregate) return [];
      const finding =
        one.type === 'target' || other.type === 'target'
          ? targetsApart(one, other, tolerance)
          : (repeated(one, other) ?? neverAgree(one, other));
      return finding === null ? [] : [`rules "${one.name}" and "${other.name}": ${finding}`];
    }),
  );
}

function fields({
  metric,
  aggregate,
  windowMs,
  action,
  operator,
  clearThreshold,
  unit,
  ...rule
}: SteppingRule): string {
  const steps = rule.type === 'step' ? rule.steps : [{ threshold: rule.threshold, scaleAmount: rule.scaleAmount }];
  return JSON.stringify({ metric, aggregate, windowMs, action, operator, clearThreshold, unit, steps });
}

function repeated(one: SteppingRule, other: SteppingRule): string | null {
  return fields(one) === fields(other) ? 'they say the same; the one with the longer cooldown changes nothing' : null;
}

/** Workers are taken away when every rule that can do so holds: two that exclude each other forbid it for ever. */
function neverAgree(one: SteppingRule, other: SteppingRule): string | null {
  if (one.action !== 'scale-down' || other.action !== 'scale-down') return null;
  const [rising, falling] = isRising(one.operator) ? [one, other] : [other, one];
  if (!isRising(rising.operator) || isRising(falling.operator)) return null;
  const [least, most] = [mildest(rising), mildest(falling)];
  const apart = least > most || (least === most && (rising.operator === 'gt' || falling.operator === 'lt'));
  if (!apart) return null;
  const { unit } = metricOf(one.metric);
  const words = ({ operator }: SteppingRule, value: number) => `${OPERATOR_SIGNS[operator]} ${quantity(value, unit)}`;
  return `no worker is ever taken away, for both must hold for that: ${one.metric} ${words(rising, least)} and ${words(falling, most)}`;
}

function mildest(rule: SteppingRule): number {
  return rule.clearThreshold ?? (rule.type === 'step' ? (rule.steps[0]?.threshold ?? 0) : rule.threshold);
}

/** Between two targets the lower one adds workers, and the higher one would have them taken away and is never heard. */
function targetsApart(one: ScalingRule, other: ScalingRule, tolerance: number): string | null {
  if (one.type !== 'target' || other.type !== 'target') return null;
  const [lower, higher] = one.target <= other.target ? [one, other] : [other, one];
  const upper = lower.target * (1 + (lower.tolerance ?? tolerance));
  if (higher.target * (1 - (higher.tolerance ?? tolerance)) <= upper) return null;
  const { unit } = metricOf(one.metric);
  return `they hold ${one.metric} near ${quantity(lower.target, unit)} and near ${quantity(higher.target, unit)} at once; "${higher.name}" never has its way`;
}

import type { TargetRule } from '../../../../config/rule-types.ts';
import { quantity } from '../quantity.ts';
import { NOTHING, type RuleKind } from './kind.ts';

/**
 * Target tracking: `ceil(ready × value / target)`, and nothing while the ratio is within the tolerance.
 * The formula and its tolerance are the HorizontalPodAutoscaler's ("Algorithm details" in the Kubernetes documentation); it is
 * over the *ready* workers, which the value was measured on, so that pending ones are not counted twice.
 */
export const targetKind: RuleKind<TargetRule> = {
  judge(rule, { value, desired, ready, tolerance }) {
    const ratio = value / rule.target;
    if (isWithin(rule.tolerance ?? tolerance, ratio)) return NOTHING;
    const target = workersFor(ratio, ready);
    if (ratio > 1) return { wants: 'up', target: Math.max(target, desired) };
    return target < desired ? { wants: 'down', target } : NOTHING;
  },
  condition: (rule, unit, tolerance) =>
    `near ${quantity(rule.target, unit)} (± ${quantity(100 * (rule.tolerance ?? tolerance), '%')})`,
  threshold: (rule) => rule.target,
};

/** Rounded first: 1.1 − 1 is 0.10000000000000009 in floating point, and means 0.1. */
export function isWithin(tolerance: number, ratio: number): boolean {
  return Number(Math.abs(ratio - 1).toFixed(9)) <= tolerance;
}

/** `ceil(count × ratio)`, rounded first: 100 × 1.1 is 110.00000000000001 in floating point, and means 110. */
export function workersFor(ratio: number, count: number): number {
  return Math.ceil(Number((count * ratio).toFixed(9)));
}

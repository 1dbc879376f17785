import type { Operator } from '../../../../config/rule-types.ts';

const COMPARE: Readonly<Record<Operator, (value: number, threshold: number) => boolean>> = {
  gt: (value, threshold) => value > threshold,
  gte: (value, threshold) => value >= threshold,
  lt: (value, threshold) => value < threshold,
  lte: (value, threshold) => value <= threshold,
};

export const OPERATOR_SIGNS: Readonly<Record<Operator, string>> = { gt: '>', gte: '≥', lt: '<', lte: '≤' };

export function holds(operator: Operator, value: number, threshold: number): boolean {
  return COMPARE[operator](value, threshold);
}

/** True: large values make the rule hold. */
export function isRising(operator: Operator): boolean {
  return operator === 'gt' || operator === 'gte';
}

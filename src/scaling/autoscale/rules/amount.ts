import type { AmountUnit } from '../../../../config/rule-types.ts';

/** Workers that a step adds to (or takes from) `count`. Percentages are rounded up when adding and down when taking, but move at least one. */
export function stepSize(amount: number, unit: AmountUnit, count: number, direction: 'up' | 'down'): number {
  if (unit === 'workers') return amount;
  const share = (count * amount) / 100;
  return Math.max(1, direction === 'up' ? Math.ceil(share) : Math.floor(share));
}

import type { ThresholdRule } from '../../../../config/rule-types.ts';
import { quantity } from '../quantity.ts';
import { stepSize } from './amount.ts';
import { holds, OPERATOR_SIGNS } from './comparison.ts';
import { NOTHING, type RuleKind, targetAfterStepUp } from './kind.ts';

/** `value operator threshold` → one step, as the customer's rules have it. */
export const thresholdKind: RuleKind<ThresholdRule> = {
  judge(rule, { value, held, desired, ready }) {
    const threshold = held && rule.clearThreshold !== null ? rule.clearThreshold : rule.threshold;
    if (!holds(rule.operator, value, threshold)) return NOTHING;
    if (rule.action === 'alert') return { wants: 'alert' };
    if (rule.action === 'scale-up') {
      const step = stepSize(rule.scaleAmount, rule.unit, ready, 'up');
      return { wants: 'up', target: targetAfterStepUp(desired, ready, step) };
    }
    return { wants: 'down', target: desired - stepSize(rule.scaleAmount, rule.unit, desired, 'down') };
  },
  condition: (rule, unit) => `${OPERATOR_SIGNS[rule.operator]} ${quantity(rule.threshold, unit)}`,
  threshold: (rule) => rule.threshold,
};

import type { StepRule } from '../../../../config/rule-types.ts';
import { quantity } from '../quantity.ts';
import { stepSize } from './amount.ts';
import { holds, OPERATOR_SIGNS } from './comparison.ts';
import { NOTHING, type RuleKind, targetAfterStepUp } from './kind.ts';

/** Several thresholds, the farther the larger the step (AWS' step scaling). The farthest one passed decides. */
export const stepKind: RuleKind<StepRule> = {
  judge(rule, { value, held, desired, ready }) {
    const passed = rule.steps.findLast((step) => holds(rule.operator, value, step.threshold));
    const lingering = held && rule.clearThreshold !== null && holds(rule.operator, value, rule.clearThreshold);
    const step = passed ?? (lingering ? rule.steps[0] : undefined);
    if (step === undefined) return NOTHING;
    if (rule.action === 'scale-up') {
      const size = stepSize(step.scaleAmount, rule.unit, ready, 'up');
      return { wants: 'up', target: targetAfterStepUp(desired, ready, size) };
    }
    return { wants: 'down', target: desired - stepSize(step.scaleAmount, rule.unit, desired, 'down') };
  },
  condition: (rule, unit) =>
    `${OPERATOR_SIGNS[rule.operator]} ${rule.steps.map((step) => quantity(step.threshold, unit)).join(' / ')}`,
  threshold: (rule) => rule.steps[0]?.threshold ?? 0,
};

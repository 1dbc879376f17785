import type { ScalingRule } from '../../../../config/rule-types.ts';

/** What a rule judges by, beside its own fields. */
export interface RuleFacts {
  readonly value: number;
  /** Whether the rule held in the previous observation (for `clearThreshold`). */
  readonly held: boolean;
  readonly desired: number;
  readonly ready: number;
  /** The policy's, for rules without their own. */
  readonly tolerance: number;
}

/**
 * A rule's wish, cooldown and confirmations aside. `up.target` may equal `desired`: the rule wants more than there is ready,
 * and what is pending brings it. Targets may lie outside the limits; the resolution clamps them and says so.
 */
export type Wish =
  | { readonly wants: 'up' | 'down'; readonly target: number }
  | { readonly wants: 'alert' }
  | { readonly wants: 'nothing' };

export const NOTHING: Wish = { wants: 'nothing' };

/** One kind of rule: pure judgement. */
export interface RuleKind<R extends ScalingRule> {
  judge(rule: R, facts: RuleFacts): Wish;
  /** The condition in words, with the metric's unit: `≥ 80 %`. */
  condition(rule: R, unit: string, tolerance: number): string;
  /** The number the value is compared with: the one a plot would draw. */
  threshold(rule: R): number;
}

/**
 * Where a step up leads. It is counted from `desired`, less what is pending already: the need was seen with the ready workers alone,
 * so pending ones are a part of the answer.
 */
export function targetAfterStepUp(desired: number, ready: number, step: number): number {
  const pending = Math.max(0, desired - ready);
  return desired + Math.max(0, step - pending);
}

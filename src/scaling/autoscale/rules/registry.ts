import type { ScalingRule } from '../../../../config/rule-types.ts';
import type { RuleFacts, RuleKind, Wish } from './kind.ts';
import { stepKind } from './step.ts';
import { targetKind } from './target.ts';
import { thresholdKind } from './threshold.ts';

type Kinds = { readonly [T in ScalingRule['type']]: RuleKind<Extract<ScalingRule, { type: T }>> };

const KINDS: Kinds = { threshold: thresholdKind, step: stepKind, target: targetKind };

function kindOf<R extends ScalingRule>(rule: R): RuleKind<R> {
  // The table has for each type the kind of that very type, which the compiler can't follow through the index.
  return KINDS[rule.type] as unknown as RuleKind<R>;
}

export function judge(rule: ScalingRule, facts: RuleFacts): Wish {
  return kindOf(rule).judge(rule, facts);
}

export function conditionOf(rule: ScalingRule, unit: string, tolerance: number): string {
  return kindOf(rule).condition(rule, unit, tolerance);
}

export function thresholdOf(rule: ScalingRule): number {
  return kindOf(rule).threshold(rule);
}

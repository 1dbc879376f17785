import type { ScalingRule } from '../../../../config/rule-types.ts';
import { advance } from '../cooldown.ts';
import type { Reading } from '../metrics/metric.ts';
import { readMetric } from '../metrics/registry.ts';
import type { Reason } from '../reason.ts';
import type { RecommenderInput } from '../recommender.ts';
import { ruleStateOf } from '../state.ts';
import { NOTHING, type Wish } from './kind.ts';
import { judge } from './registry.ts';
import type { RuleState } from './rule-state.ts';

/** One rule's part in a decision. */
export interface Evaluation {
  readonly rule: ScalingRule;
  readonly reading: Reading;
  readonly wish: Wish;
  /** Null: the wish may act now, or there is none. */
  readonly waitsFor: Reason | null;
  readonly next: RuleState;
}

const DISABLED: Reading = { kind: 'unused', why: 'the rule is disabled' };

/** Reads the rule's metric, applies its kind, and sees whether confirmations and cooldown let it act. */
export function evaluate(rule: ScalingRule, input: RecommenderInput): Evaluation {
  const { policy, pending, nowMs } = input;
  const state = ruleStateOf(input.state, rule.name);
  const reading = rule.enabled ? readRule(rule, input) : DISABLED;
  const wish = wishOf(rule, state, input, reading);
  const { up, down, alert } = state.cooldowns;
  const cooldowns = {
    up: advance(up, pending, rule.cooldownMs, nowMs),
    down: advance(down, pending, rule.cooldownMs, nowMs),
    alert: advance(alert, pending, rule.cooldownMs, nowMs),
  };
  const held = wish.wants !== 'nothing';
  const confirmations = held ? Math.min(policy.requiredConfirmations, state.confirmations + 1) : 0;
  const next: RuleState = input.fresh ? { held, confirmations, cooldowns } : { ...state, cooldowns };
  return { rule, reading, wish, waitsFor: waitsFor(rule, wish, next, input), next };
}

function readRule(rule: ScalingRule, { evidence }: RecommenderInput): Reading {
  const staleAs = rule.type !== 'target' && rule.action === 'scale-down' ? 'absent' : 'zero';
  const { metric, aggregate, windowMs } = rule;
  return readMetric(evidence, { metric, aggregate, windowMs, staleAs });
}

function wishOf(rule: ScalingRule, state: RuleState, input: RecommenderInput, reading: Reading): Wish {
  const { desired, ready, policy } = input;
  if (reading.kind !== 'value' || ready === null) return NOTHING;
  const facts = { value: reading.value, held: state.held, desired, ready, tolerance: policy.tolerance };
  const wish = judge(rule, facts);
  // Too few requests to add workers for, or to alarm anybody. That they were fast is no reason against shrinking.
  return reading.thin !== null && wish.wants !== 'down' ? NOTHING : wish;
}

function waitsFor(rule: ScalingRule, wish: Wish, state: RuleState, input: RecommenderInput): Reason | null {
  if (wish.wants === 'nothing') return null;
  const { desired, memory, pending, policy } = input;
  if (wish.wants === 'up' && rule.metric === 'memory' && memory !== null && memory.maxWorkers <= desired) {
    // Another worker takes more memory: where there is no room for it, the wish does not count.
    return 'blocked:memory';
  }
  const cooldown = state.cooldowns[wish.wants];
  if (cooldown.phase === 'cooling') return 'cooldown';
  if (wish.wants === 'down') return pending === 0 ? null : 'pending';
  if (cooldown.phase === 'waiting' || (wish.wants === 'up' && wish.target <= desired)) return 'pending';
  return state.confirmations < policy.requiredConfirmations ? 'confirming' : null;
}

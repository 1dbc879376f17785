import type { ScalingRule } from '../../../config/rule-types.ts';
import { cooldownLeftMs } from './cooldown.ts';
import type { GuardFinding } from './guards/guard.ts';
import { paceLeftMs } from './pace.ts';
import type { ScalingPolicy } from './policy.ts';
import type { NextPossible } from './record.ts';
import { ruleStateOf, type ScalerState } from './state.ts';

/** When the number may change next, as far as clocks decide it: null where something else must change first. */
export function nextPossible(
  policy: ScalingPolicy,
  /** As the decision leaves it. */
  state: ScalerState,
  findings: readonly GuardFinding[],
  /** The minimum by the clock; 0: none. */
  scheduled: number,
  pending: number | null,
  stabilizationLeftMs: number,
  nowMs: number,
): NextPossible {
  const { pin, paused, floor } = state.manual;
  if (pin !== null) {
    const leftMs = pin.untilMs === null ? null : pin.untilMs - nowMs;
    return { scaleUpInMs: leftMs, scaleDownInMs: leftMs };
  }
  if (paused !== null || !policy.enabled) return { scaleUpInMs: null, scaleDownInMs: null };
  const { desired } = state;
  const cooldowns = (direction: 'up' | 'down'): readonly number[] =>
    policy.rules
      .filter((rule) => rule.enabled && mayMove(rule, direction))
      .map((rule) => cooldownLeftMs(ruleStateOf(state, rule.name).cooldowns[direction], rule.cooldownMs, nowMs));
  // The demand core has no cooldown: it knows what its last step brought.
  const demand = policy.mode === 'auto' ? [0] : [];
  const ups = [...cooldowns('up'), ...demand];
  const downs = [...cooldowns('down'), ...demand];
  const topped = desired >= policy.limits.max || findings.some(({ ceiling }) => ceiling !== null && ceiling <= desired);
  const grounded = desired <= Math.max(policy.limits.min, floor?.instances ?? 0, scheduled);
  const frozen = pending !== 0 || findings.some((finding) => finding.floor !== null);
  const paceMs = paceLeftMs(policy, desired, state.removals, nowMs);
  return {
    scaleUpInMs: topped || ups.length === 0 ? null : Math.min(...ups),
    scaleDownInMs: grounded || frozen || downs.length === 0 ? null : Math.max(stabilizationLeftMs, paceMs, ...downs),
  };
}

function mayMove(rule: ScalingRule, direction: 'up' | 'down'): boolean {
  return rule.type === 'target' || rule.action === `scale-${direction}`;
}

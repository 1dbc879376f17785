import { decide } from './decide.ts';
import type { ManualState } from './manual.ts';
import type { Observation } from './observation.ts';
import type { ScalingPolicy } from './policy.ts';
import type { DecisionRecord } from './record.ts';
import { initialState, type ScalerState } from './state.ts';
import { isObserved, type Unobserved } from './unobserved.ts';

/** A policy that is asked and not obeyed. */
export interface ShadowPolicy {
  readonly name: string;
  readonly policy: ScalingPolicy;
}

/** What it would have decided. */
export interface ShadowVerdict extends Pick<DecisionRecord, 'action' | 'reason' | 'sentence' | 'desired' | 'need'> {
  readonly name: string;
  /** What the live policy decided. */
  readonly live: number;
  /** `4 instead of 2. Scaled up from 2 to 4: …`, or `the same number. Held at 2 workers: …`. */
  readonly summary: string;
}

/** A shadow policy as it stands: its latest verdict, and how often it was of another opinion. */
export interface ShadowStanding extends ShadowVerdict {
  readonly decisions: number;
  /** Of them, those in which it wanted more workers than the live policy. */
  readonly more: number;
  readonly fewer: number;
  /** Since when it has wanted another number; null: it wants the same. */
  readonly differsSinceMs: number | null;
  /** The latest decision in which it wanted another number. */
  readonly lastDifference: (Pick<ShadowVerdict, 'live' | 'desired' | 'sentence'> & { readonly atMs: number }) | null;
}

/** A shadow policy with what it remembers. */
export interface Shadow extends ShadowPolicy {
  readonly state: ScalerState;
  /** Null: it was not asked yet. */
  readonly standing: ShadowStanding | null;
}

/** @param desired workers wanted to begin with */
export function newShadow({ name, policy }: ShadowPolicy, desired: number): Shadow {
  return { name, policy, state: initialState(desired), standing: null };
}

/**
 * Asks a shadow policy what it would do in the place of the live one: with the workers that there are, and with what people have set by
 * hand. It remembers its own rules' cooldowns, windows and confirmations, as in a replay of a recording.
 * @param live the decision that was taken
 */
export function askShadow(
  shadow: Shadow,
  seen: Observation | Unobserved,
  manual: ManualState,
  live: DecisionRecord,
): Shadow {
  const { before, atMs } = live;
  const given = isObserved(seen) ? { ...seen, desired: before } : seen;
  const { state, record } = decide(shadow.policy, { ...shadow.state, desired: before, manual }, given, atMs);
  const { action, reason, sentence, desired, need } = record;
  const previous = shadow.standing;
  const differs = desired !== live.desired;
  const standing: ShadowStanding = {
    name: shadow.name,
    action,
    reason,
    sentence,
    desired,
    need,
    live: live.desired,
    summary: `${differs ? `${desired} instead of ${live.desired}` : 'the same number'}. ${sentence}`,
    decisions: (previous?.decisions ?? 0) + 1,
    more: (previous?.more ?? 0) + (desired > live.desired ? 1 : 0),
    fewer: (previous?.fewer ?? 0) + (desired < live.desired ? 1 : 0),
    differsSinceMs: differs ? (previous?.differsSinceMs ?? atMs) : null,
    lastDifference: differs ? { atMs, live: live.desired, desired, sentence } : (previous?.lastDifference ?? null),
  };
  return { ...shadow, state, standing };
}

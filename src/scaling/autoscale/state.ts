import { type DemandState, NO_DEMAND } from './demand/demand-state.ts';
import type { Futile, Trial } from './futility.ts';
import { type Learned, NOTHING_LEARNED } from './learned.ts';
import type { ManualState } from './manual.ts';
import { NOTHING_MANUAL } from './manual.ts';
import type { Reason } from './reason.ts';
import { NEW_RULE, type RuleState } from './rules/rule-state.ts';
import type { Sample } from './series.ts';
import type { Recommended } from './stabilization.ts';
import { NO_STRETCH, type WindowStretch } from './stabilization-window.ts';

/** A number of workers that was taken away. */
export interface Removal {
  readonly atMs: number;
  readonly workers: number;
}

/** Everything the scaler remembers from one decision to the next. Immutable, JSON-ready, bounded. */
export interface ScalerState {
  /** Decisions taken; the id of the last one. */
  readonly decisions: number;
  readonly desired: number;
  /** When the last decision was taken; null: none yet. */
  readonly decidedAtMs: number | null;
  readonly manual: ManualState;
  readonly series: readonly Sample[];
  /** By rule name. */
  readonly rules: Readonly<Record<string, RuleState>>;
  readonly recommended: readonly Recommended[];
  readonly removals: readonly Removal[];
  readonly lastScaleUp: { readonly atMs: number; readonly errorPercent: number | null } | null;
  /** Since when each thing has been missing, by the words of the record. */
  readonly missingSinceMs: Readonly<Record<string, number>>;
  readonly learned: Learned;
  readonly demand: DemandState;
  readonly stretch: WindowStretch;
  /** A scale-up whose gain is to be seen; null: none. */
  readonly trial: Trial | null;
  /** A scale-up that brought nothing; null: none lately. */
  readonly futile: Futile | null;
  /** Guards in force at the last decision, so that each alerts once. */
  readonly guards: readonly Reason[];
}

/** @param desired workers wanted to begin with */
export function initialState(desired: number): ScalerState {
  return {
    decisions: 0,
    desired,
    decidedAtMs: null,
    manual: NOTHING_MANUAL,
    series: [],
    rules: {},
    recommended: [],
    removals: [],
    lastScaleUp: null,
    missingSinceMs: {},
    learned: NOTHING_LEARNED,
    demand: NO_DEMAND,
    stretch: NO_STRETCH,
    trial: null,
    futile: null,
    guards: [],
  };
}

export function ruleStateOf(state: ScalerState, name: string): RuleState {
  return Object.hasOwn(state.rules, name) ? (state.rules[name] as RuleState) : NEW_RULE;
}

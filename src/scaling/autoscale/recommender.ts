import type { Evidence } from './evidence.ts';
import type { Learned } from './learned.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Observation } from './observation.ts';
import type { ScalingPolicy } from './policy.ts';
import type { Reason } from './reason.ts';
import type { DemandReport, RuleVerdict, ScalingAlert } from './record.ts';
import type { ScalerState } from './state.ts';

/** What a recommender sees. */
export interface RecommenderInput {
  readonly policy: ScalingPolicy;
  readonly state: ScalerState;
  /** Null: nothing could be observed. */
  readonly observation: Observation | null;
  readonly evidence: Evidence;
  /** The observation is newer than the one before, and came at its time: confirmations count, and they are as many rounds. */
  readonly fresh: boolean;
  /** It came before its time. Nothing is learned from it, and no window remembers it. */
  readonly early: boolean;
  readonly desired: number;
  /** Null: unknown. */
  readonly ready: number | null;
  readonly pending: number | null;
  readonly memory: MemoryBudget | null;
  readonly learned: Learned;
  readonly nowMs: number;
}

/** A number of workers, and who wants it. */
export interface Wanted {
  readonly target: number;
  readonly by: string;
  readonly priority: number;
  /** A clause for the sentence: `cpu 86.2 % ≥ 80 %`. */
  readonly because: string;
  /** The word for the change it brings; without it, `rule`. */
  readonly reason?: Reason;
  /** True: it is measured beyond doubt, so that no pace holds it back. */
  readonly isSure?: boolean;
}

export interface Recommendation {
  /** The highest number that may be acted on now. */
  readonly up: Wanted | null;
  /** The number it agrees to shrink to; null: it does not agree. */
  readonly down: Wanted | null;
  /** True: it has no say on shrinking, so nobody waits for its agreement. */
  readonly abstains?: boolean;
  /** The fewest workers that it agrees to, whoever wants to shrink, and why. */
  readonly least?: Wanted | null;
  /** What the demand core found; only it does. */
  readonly demand?: DemandReport | null;
  /** The nearest wish that may not act yet, and why. */
  readonly waiting: (Omit<Wanted, 'reason'> & { readonly reason: Reason }) | null;
  /** Rules whose metric is missing, in words. */
  readonly missing: readonly string[];
  readonly verdicts: readonly RuleVerdict[];
  readonly alerts: readonly ScalingAlert[];
  /** What it will remember, once it is known whether the number went its way. */
  settle(acted: 'up' | 'down' | null): Partial<ScalerState>;
}

/** Something that knows how many workers there should be. The resolution takes the highest `up` of all, and shrinks only when all agree. */
export interface Recommender {
  recommend(input: RecommenderInput): Recommendation;
}

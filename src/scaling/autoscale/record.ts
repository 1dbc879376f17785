import type { Action, Aggregate, MetricName } from '../../../config/rule-types.ts';
import type { FloorState, PauseState, PinState } from './manual.ts';
import type { Reason } from './reason.ts';

/** What one rule said. */
export interface RuleVerdict {
  readonly name: string;
  readonly metric: MetricName;
  readonly aggregate: Aggregate;
  readonly windowMs: number;
  readonly priority: number;
  readonly action: Action | 'target';
  /** With the metric's unit: `≥ 80 %`. */
  readonly condition: string;
  readonly threshold: number;
  readonly unit: string;
  /** Null: missing or unused. */
  readonly value: number | null;
  readonly status: 'holds' | 'clear' | 'missing' | 'unused' | 'disabled';
  readonly wants: 'up' | 'down' | 'alert' | null;
  readonly target: number | null;
  /** Successive observations in which it held, up to what is required. */
  readonly confirmations: number;
  readonly requiredConfirmations: number;
  /** Of the direction it wants, else of the one that lasts longer. */
  readonly cooldownLeftMs: number;
  /** Why the wish does not act now. */
  readonly waitsFor: Reason | null;
  /** Why the value is missing, unused or too thin. */
  readonly note: string | null;
}

/** One limit, guard or brake that changed the number. */
export interface Clamp {
  readonly before: number;
  readonly after: number;
  readonly why: Reason;
  readonly detail: string;
}

/** A guard that is in force, whether or not it changed anything this time. */
export interface GuardReport {
  readonly reason: Reason;
  readonly detail: string;
}

export interface MissingReport {
  /** `worker 3`, `rule cpu-low (cpu)`. */
  readonly what: string;
  readonly forMs: number;
}

export interface ScalingAlert {
  /** A rule's name, a guard's reason code, or what is missing. */
  readonly source: string;
  readonly sentence: string;
}

/** The figures of the machine and the workers that guards went by. */
export interface DecisionInputs {
  readonly workersWarming: number;
  readonly workersStale: number;
  /** 0..1; null: unknown. */
  readonly meanRunDelay: number | null;
  readonly machineCpu: number | null;
  readonly cores: number;
  readonly availableMemoryBytes: number | null;
  /** Workers that memory has room for; null: unknown. */
  readonly maxByMemory: number | null;
}

/** What the demand core went by. Loads are in erlangs: event loops that are kept busy. */
export interface DemandReport {
  /** Event-loop time of one request; null: too few requests to tell. */
  readonly serviceMs: number | null;
  /** The load that was planned for: the highest of those of 3 s, of 10 s and of the forecast. */
  readonly offeredLoadErlangs: number;
  readonly fastErlangs: number;
  readonly normalErlangs: number;
  /** Work that waits, in seconds of one event loop. */
  readonly backlogSeconds: number;
  /** 0..1: how busy a worker may be planned. */
  readonly targetUtilization: number;
  /** Workers that it takes, within no limit. */
  readonly need: number;
  readonly forecast: ForecastReport;
  readonly panic: boolean;
  /** It acts at once, without confirmations. */
  readonly urgent: boolean;
  readonly confirmations: number;
  /** From fork to ready, as measured, or assumed until then. */
  readonly startMs: number;
}

export interface ForecastReport {
  readonly erlangs: number;
  readonly horizonMs: number;
  /** 0..1: by how much forecasts have lately been better than "as now". */
  readonly confidence: number;
}

export interface NextPossible {
  /** 0: as soon as a rule is confirmed; null: not foreseeable (see `wouldChange`). */
  readonly scaleUpInMs: number | null;
  readonly scaleDownInMs: number | null;
}

/** Why there are as many workers as there are. JSON-ready; the same inputs give the same bytes. */
export interface DecisionRecord {
  /** Ascending by one. */
  readonly id: number;
  readonly atMs: number;
  readonly action: 'scale-up' | 'scale-down' | 'hold';
  readonly reason: Reason;
  /** The rule behind the reason. */
  readonly rule: string | null;
  readonly sentence: string;
  readonly before: number;
  readonly desired: number;
  /** What the rules wanted, before clamps, pins and pauses. */
  readonly recommended: number;
  /** Null: nothing could be observed. */
  readonly ready: number | null;
  /** Asked for and not ready yet. */
  readonly pending: number | null;
  readonly limits: { readonly min: number; readonly max: number };
  readonly inputs: DecisionInputs | null;
  /** Null: the demand core has no part, or knows nothing yet. */
  readonly demand: DemandReport | null;
  /** Of `demand`, for who wants one figure. */
  readonly need: number | null;
  readonly offeredLoadErlangs: number | null;
  readonly forecast: ForecastReport | null;
  readonly rules: readonly RuleVerdict[];
  readonly guards: readonly GuardReport[];
  readonly clamps: readonly Clamp[];
  readonly pin: PinState | null;
  readonly floor: FloorState | null;
  readonly paused: PauseState | null;
  /** The minimum by the clock that is in force, and when it ends if it does not begin again. */
  readonly schedule: { readonly text: string; readonly workers: number; readonly untilMs: number } | null;
  readonly stabilization: {
    readonly windowMs: number;
    readonly maxRecommendation: number;
    /** Until a lower number may be taken, were it recommended from now on. */
    readonly leftMs: number;
  };
  readonly missing: readonly MissingReport[];
  readonly alerts: readonly ScalingAlert[];
  readonly nextPossible: NextPossible;
  readonly wouldChange: readonly string[];
}

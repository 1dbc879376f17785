import type { Evidence } from '../evidence.ts';
import type { MemoryBudget } from '../memory-budget.ts';
import { readMetric } from '../metrics/registry.ts';
import type { Observation } from '../observation.ts';
import type { ScalingPolicy } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { GUARD_WINDOW_MS, type Sample } from '../series.ts';
import type { ScalerState } from '../state.ts';

/** What a guard sees. */
export interface GuardInput {
  readonly policy: ScalingPolicy;
  readonly state: ScalerState;
  readonly observation: Observation;
  readonly evidence: Evidence;
  /** The observation, condensed. */
  readonly newest: Sample;
  readonly memory: MemoryBudget | null;
  readonly desired: number;
  /** Rules whose metric is missing, in words. */
  readonly missingRules: readonly string[];
  readonly nowMs: number;
}

/** What a guard allows. A ceiling below `desired` gives workers up; a floor is never above `desired`. */
export interface GuardFinding {
  readonly reason: Reason;
  readonly ceiling: number | null;
  readonly floor: number | null;
  readonly detail: string;
}

/** Null: nothing to object to. */
export type Guard = (input: GuardInput) => GuardFinding | null;

/** Neither more nor fewer workers. */
export function hold(reason: Reason, desired: number, detail: string): GuardFinding {
  return { reason, ceiling: desired, floor: desired, detail };
}

/** Percent of all ready workers over the normal window; null: unknown. */
export function meanElu(evidence: Evidence): number | null {
  const reading = readMetric(evidence, {
    metric: 'elu',
    aggregate: 'mean',
    windowMs: GUARD_WINDOW_MS,
    staleAs: 'absent',
  });
  return reading.kind === 'value' ? reading.value : null;
}

/** 5xx share over the normal window, percent; null: unknown, or of too few requests to judge. */
export function errorPercent(evidence: Evidence): number | null {
  const reading = readMetric(evidence, {
    metric: 'errorRate',
    aggregate: 'mean',
    windowMs: GUARD_WINDOW_MS,
    staleAs: 'zero',
  });
  return reading.kind === 'value' && reading.thin === null ? reading.value : null;
}

import type { ScalingRule } from '../../../config/rule-types.ts';
import { DEFAULT_DEMAND, type DemandPolicy } from './demand/demand-policy.ts';
import type { Schedule } from './schedule/schedule.ts';

/** What the guards judge by. Ratios are 0..1. */
export interface GuardThresholds {
  /** Share of memory that stays free, at least; one worker's size when that is more. */
  readonly memoryReserveRatio: number;
  /** Mean run delay above which no worker is added: the present ones already wait for cores. */
  readonly runDelayBlock: number;
  /** Mean run delay above which workers beyond the cores are given up. */
  readonly runDelayRelease: number;
  /** Machine utilization above which as many workers as cores are enough. */
  readonly machineCpuBlock: number;
  /** 5xx share from which requests count as an incident. */
  readonly incidentErrorPercent: number;
  /** Rise of the 5xx share after a scale-up, in percentage points, that stops further ones. */
  readonly errorRisePercent: number;
  /** How long after a scale-up its errors are watched. */
  readonly errorWatchMs: number;
  /** The p95 that users are to see. The default is the threshold of the default response time rule. */
  readonly latencyObjectiveMs: number;
  /** Below this event-loop utilization workers have time: neither latency nor errors come from too few of them. */
  readonly idleEluPercent: number;
  /** Loop delay (p99) up to which a loop counts as responsive. */
  readonly loopDelayLowMs: number;
}

/** Everything `decide()` goes by beside state and observation. Immutable. */
export interface ScalingPolicy {
  /** False: the number changes by hand only; recommendations are still made. */
  readonly enabled: boolean;
  /** `auto`: the demand core takes part; `rules`: the rules decide alone. */
  readonly mode: 'auto' | 'rules';
  readonly demand: DemandPolicy;
  /** Minimums by the clock. */
  readonly schedules: readonly Schedule[];
  readonly rules: readonly ScalingRule[];
  readonly limits: { readonly min: number; readonly max: number };
  /** Ratio around a target rule's target in which nothing happens (HorizontalPodAutoscaler's 0.1). */
  readonly tolerance: number;
  /** Successive observations in which a scale-up or alert rule must hold before it acts. */
  readonly requiredConfirmations: number;
  /** One scale-up adds at most this share of the ready workers (HorizontalPodAutoscaler's 100), but always one. */
  readonly scaleUpMaxPercent: number;
  /** What the demand core asks for may add this many, be it more than that share: it is measured (HorizontalPodAutoscaler's 4). */
  readonly scaleUpMaxWorkers: number;
  /** A scale-down goes no lower than the highest recommendation of this window. */
  readonly scaleDownStabilizationMs: number;
  /** Within `scaleDownPeriodMs` scale-downs remove at most this share, but always one. */
  readonly scaleDownMaxPercent: number;
  readonly scaleDownPeriodMs: number;
  /** A worker's figures older than this are missing. */
  readonly staleAfterMs: number;
  /** A worker ready for less than this is left out of the means: it still loads and compiles. */
  readonly warmUpMs: number;
  /** Figures missing for this long raise an alert. */
  readonly reportMissingAfterMs: number;
  readonly guards: GuardThresholds;
}

/** Limits or amounts that contradict each other. */
export class PolicyError extends Error {
  readonly code = 'POLICY_INVALID';

  constructor(message: string) {
    super(message);
    this.name = 'PolicyError';
  }
}

const DEFAULT_GUARDS: GuardThresholds = {
  memoryReserveRatio: 0.1,
  runDelayBlock: 0.25,
  runDelayRelease: 0.5,
  machineCpuBlock: 0.9,
  incidentErrorPercent: 5,
  errorRisePercent: 5,
  errorWatchMs: 60_000,
  latencyObjectiveMs: 500,
  idleEluPercent: 50,
  // The delay histogram samples every 10 ms, so an idle loop reads 10 to 20 ms.
  loopDelayLowMs: 50,
};

export type PolicyOverrides = Partial<Omit<ScalingPolicy, 'rules' | 'limits' | 'guards' | 'demand'>> & {
  readonly demand?: Partial<DemandPolicy>;
  readonly guards?: Partial<GuardThresholds>;
};

/**
 * A complete policy.
 * @param limits the scaler never leaves `min..max` workers
 * @throws {PolicyError} when `min` is above `max`, or either is not a positive whole number
 */
export function createPolicy(
  rules: readonly ScalingRule[],
  limits: { readonly min: number; readonly max: number },
  overrides: PolicyOverrides = {},
): ScalingPolicy {
  const { min, max } = limits;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 1 || min > max) {
    throw new PolicyError(
      `limits ${min}..${max}: both must be whole numbers, at least 1, the first not above the second`,
    );
  }
  return {
    enabled: true,
    mode: 'auto',
    schedules: [],
    tolerance: 0.1,
    requiredConfirmations: 3,
    scaleUpMaxPercent: 100,
    scaleUpMaxWorkers: 4,
    scaleDownStabilizationMs: 120_000,
    scaleDownMaxPercent: 34,
    scaleDownPeriodMs: 5_000,
    staleAfterMs: 3_000,
    warmUpMs: 3_000,
    reportMissingAfterMs: 300_000,
    ...overrides,
    rules,
    limits: { min, max },
    demand: { ...DEFAULT_DEMAND, ...overrides.demand },
    guards: { ...DEFAULT_GUARDS, ...overrides.guards },
  };
}

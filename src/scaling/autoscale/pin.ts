import type { PinState } from './manual.ts';
import { describeBudget, memoryBudget } from './memory-budget.ts';
import type { Observation } from './observation.ts';
import type { ScalingPolicy } from './policy.ts';
import { workers } from './quantity.ts';
import type { ScalerState } from './state.ts';

/** A number of workers set by hand. */
export interface PinWish {
  readonly instances: number;
  readonly reason: string;
  /** Null: until resume. */
  readonly forMs: number | null;
  readonly force: boolean;
  readonly by: string;
}

/** Why a pin is not taken. `code` is `OUT_OF_RANGE`, or the guard's reason code. */
export interface PinObjection {
  readonly refused: true;
  readonly status: 409 | 422;
  readonly code: string;
  readonly message: string;
}

/**
 * Whether a pin may be set. The limits hold always; the memory and crash-loop guards hold growth back unless `force`. The cpu guard
 * does not: four workers on two cores are a person's to choose.
 * @param observation the latest one; null: guards can't judge, and do not
 * @returns null when nothing speaks against it
 */
export function checkPin(
  policy: ScalingPolicy,
  state: ScalerState,
  observation: Observation | null,
  wish: Pick<PinWish, 'instances' | 'force'>,
): PinObjection | null {
  const { min, max } = policy.limits;
  const { instances } = wish;
  if (!Number.isInteger(instances) || instances < min || instances > max) {
    const message = `instances: given ${instances}; must be a whole number from ${min} to ${max} (MIN_INSTANCES to MAX_INSTANCES)`;
    return { refused: true, status: 422, code: 'OUT_OF_RANGE', message };
  }
  if (observation === null || wish.force || instances <= state.desired) return null;
  const budget = memoryBudget(observation, policy.guards.memoryReserveRatio, state.learned.workerBytes);
  if (budget !== null && instances > budget.maxWorkers) {
    return refusal('blocked:memory', instances, Math.max(state.desired, budget.maxWorkers), describeBudget(budget));
  }
  const { frozen, lastHealthyCount } = observation.crashLoop;
  if (frozen && instances > lastHealthyCount) {
    return refusal('blocked:crash-loop', instances, Math.max(state.desired, lastHealthyCount), 'workers fail to start');
  }
  return null;
}

function refusal(code: string, instances: number, allowed: number, detail: string): PinObjection {
  const message = `instances: given ${instances}; at most ${workers(allowed)} now, because ${detail}. "force": true overrides it`;
  return { refused: true, status: 409, code, message };
}

/** Sets the number of workers by hand, from the next decision on. It replaces an earlier pin. */
export function withPin(state: ScalerState, wish: PinWish, nowMs: number): ScalerState {
  const { instances, by, reason, force, forMs } = wish;
  const pin: PinState = {
    instances,
    sinceMs: nowMs,
    untilMs: forMs === null ? null : nowMs + forMs,
    by,
    reason,
    force,
  };
  return { ...state, manual: { ...state.manual, pin } };
}

export function withoutPin(state: ScalerState): ScalerState {
  return { ...state, manual: { ...state.manual, pin: null } };
}

/** A minimum set by hand, within the limits; the rules go on above it. */
export function withFloor(state: ScalerState, wish: Omit<PinWish, 'force'>, nowMs: number): ScalerState {
  const { instances, by, reason, forMs } = wish;
  const floor = { instances, sinceMs: nowMs, untilMs: forMs === null ? null : nowMs + forMs, by, reason };
  return { ...state, manual: { ...state.manual, floor } };
}

export function withoutFloor(state: ScalerState): ScalerState {
  return { ...state, manual: { ...state.manual, floor: null } };
}

/** The number stays as it is until resume; only a pin and the limits still change it. */
export function withPause(state: ScalerState, by: string, reason: string, nowMs: number): ScalerState {
  return { ...state, manual: { ...state.manual, paused: { sinceMs: nowMs, by, reason } } };
}

export function withoutPause(state: ScalerState): ScalerState {
  return { ...state, manual: { ...state.manual, paused: null } };
}

import type { ScalingPolicy } from './policy.ts';
import type { Removal } from './state.ts';

/**
 * The most workers that one scale-up may lead to.
 * @param least what it may add, however small the share is
 */
export function paceUp(policy: Pick<ScalingPolicy, 'scaleUpMaxPercent'>, ready: number, least = 1): number {
  return ready + Math.max(least, Math.floor((ready * policy.scaleUpMaxPercent) / 100));
}

/** Removals that still count against the pace. */
export function recentRemovals(removals: readonly Removal[], periodMs: number, nowMs: number): readonly Removal[] {
  return removals.filter(({ atMs }) => atMs > nowMs - periodMs);
}

/** The fewest workers that scale-downs may leave at present: the share is of what there was when the period began. */
export function paceDown(
  policy: Pick<ScalingPolicy, 'scaleDownMaxPercent'>,
  desired: number,
  recent: readonly Removal[],
): number {
  const removed = recent.reduce((total, removal) => total + removal.workers, 0);
  const atStart = desired + removed;
  const allowed = Math.max(1, Math.floor((atStart * policy.scaleDownMaxPercent) / 100));
  return Math.min(desired, atStart - allowed);
}

/** Until the next worker may be removed. */
export function paceLeftMs(
  policy: Pick<ScalingPolicy, 'scaleDownMaxPercent' | 'scaleDownPeriodMs'>,
  desired: number,
  recent: readonly Removal[],
  nowMs: number,
): number {
  if (paceDown(policy, desired, recent) < desired) return 0;
  const oldest = recent[0];
  return oldest === undefined ? 0 : Math.max(0, oldest.atMs + policy.scaleDownPeriodMs - nowMs);
}

import type { Sample } from '../series.ts';
import type { DemandPolicy } from './demand-policy.ts';
import { backlogSeconds } from './offered-load.ts';

export interface PanicState {
  readonly sinceMs: number;
  /** Nothing shrinks before. */
  readonly untilMs: number;
}

/** How many workers a burst calls for, beside what the offered load needs. */
export interface Burst {
  readonly elu: number;
  readonly backlogMsPerWorker: number;
  /** 2 when the requests in flight do not show the backlog, so nobody knows how much waits before the workers; else 1.5. */
  readonly factor: number;
}

/**
 * @param before the sample before, if there is one: a backlog that shrinks is being coped with, and `workersNeeded` has room for it
 * @returns null when the loops have time, nothing waits for long, or what waits gets less
 */
export function burstIn(
  sample: Sample,
  before: Sample | undefined,
  serviceSeconds: number | null,
  objectiveMs: number,
  policy: DemandPolicy,
): Burst | null {
  if (sample.fresh === 0) return null;
  const elu = sample.eluSum / sample.fresh;
  const backlog = backlogSeconds(sample, serviceSeconds);
  const backlogMsPerWorker = (backlog * 1_000) / sample.fresh;
  if (elu <= policy.panicElu || backlogMsPerWorker <= objectiveMs / 2) return null;
  if (before !== undefined && backlogSeconds(before, serviceSeconds) > backlog) return null;
  const shown = (sample.saturatedInFlightSum + (sample.queued ?? 0)) * (serviceSeconds ?? 0);
  return { elu, backlogMsPerWorker, factor: shown >= backlog / 2 ? 1.5 : 2 };
}

/**
 * Whether saturated loops have worked off as many requests as such a time is worth (half of it, at least). A loop that one request blocks is
 * busy and late as well, but it answers nobody.
 */
export function isOverload({ traffic, busySum }: Sample, serviceSeconds: number | null): boolean {
  if (traffic === null || serviceSeconds === null) return false;
  return traffic.completed * serviceSeconds >= (busySum * traffic.intervalMs) / 2_000;
}

/**
 * Whether a burst may ask: not before the workers of the last scale-up are ready and seen at work.
 * @param effectMs from a scale-up to its effect in the figures
 */
export function mayAsk(lastScaleUpMs: number | null, effectMs: number, nowMs: number): boolean {
  return lastScaleUpMs === null || nowMs - lastScaleUpMs >= effectMs;
}

/** The state after an observation: begun, prolonged, or over. */
export function nextPanic(
  before: PanicState | null,
  burst: Burst | null,
  policy: DemandPolicy,
  nowMs: number,
): PanicState | null {
  const running = before !== null && nowMs < before.untilMs ? before : null;
  if (burst === null) return running;
  return { sinceMs: running?.sinceMs ?? nowMs, untilMs: nowMs + policy.panicHoldMs };
}

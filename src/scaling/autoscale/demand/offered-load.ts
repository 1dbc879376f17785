import { type Evidence, mean, samplesWithin } from '../evidence.ts';
import type { Sample } from '../series.ts';

/**
 * Erlangs that the workers were busy with: mean number of event loops at work, the time spent waiting for a core left out.
 * @returns null when no worker that is warmed up told
 */
export function busyErlangs(sample: Sample): number | null {
  return sample.fresh === 0 ? null : sample.busySum + sample.warmingBusySum;
}

/**
 * Work that waits, in seconds of one event loop. Only saturated loops can have any: one with idle time has emptied its queue.
 * A loop's backlog is how late it is (the requests that one turn found readable), or what its requests in flight will take,
 * whichever is more; requests that no worker has accepted yet come on top.
 */
export function backlogSeconds(sample: Sample, serviceSeconds: number | null): number {
  const service = serviceSeconds ?? 0;
  const late = sample.saturatedLoopDelaySumMs / 1_000;
  return Math.max(late, sample.saturatedInFlightSum * service) + (sample.queued ?? 0) * service;
}

/**
 * The part of the backlog that further workers could take over. What sits with one of ten workers while nine have time is a matter of
 * balance: it is counted for a tenth.
 */
export function sharedBacklogSeconds(sample: Sample, serviceSeconds: number | null): number {
  return sample.fresh === 0 ? 0 : (backlogSeconds(sample, serviceSeconds) * sample.saturated) / sample.fresh;
}

/**
 * Offered load over a window in erlangs: what the loops worked off, and what their backlog grew (or shrank) by.
 * A saturated ΣELU alone can't see demand above capacity.
 * @returns null when no sample of the window tells
 */
export function offeredLoad(evidence: Evidence, windowMs: number, serviceSeconds: number | null): number | null {
  const within = samplesWithin(evidence, windowMs);
  const busy = mean(within.flatMap((sample) => busyErlangs(sample) ?? []));
  const last = within.at(-1);
  if (busy === null || last === undefined) return null;
  // Growth is counted from the sample before the window, if there is one: n samples span n intervals that way.
  const first = evidence.series.findLast(({ atMs }) => atMs <= evidence.nowMs - windowMs) ?? within[0];
  if (first === undefined || first === last) return busy;
  const grown = backlogSeconds(last, serviceSeconds) - backlogSeconds(first, serviceSeconds);
  return Math.max(0, busy + (grown * 1_000) / (last.atMs - first.atMs));
}

/** The load of the newest sample alone, and the time that it is of. */
export interface LatestLoad {
  readonly erlangs: number;
  readonly spanMs: number;
}

/**
 * Offered load as the newest sample has it: what the loops worked off, and what their backlog grew by since the sample before. Of one before its time,
 * all of the backlog is new: until they were saturated, the loops had emptied their queues.
 * @returns null for the first sample, and when none tells
 */
export function latestLoad({ series }: Evidence, serviceSeconds: number | null): LatestLoad | null {
  const newest = series.at(-1);
  const before = series.at(-2);
  if (newest === undefined || before === undefined) return null;
  const busy = busyErlangs(newest);
  if (busy === null) return null;
  const spanMs = newest.saturatedMs ?? newest.atMs - before.atMs;
  const known = newest.saturatedMs === undefined ? backlogSeconds(before, serviceSeconds) : 0;
  const grown = backlogSeconds(newest, serviceSeconds) - known;
  return { erlangs: Math.max(0, busy + (grown * 1_000) / spanMs), spanMs };
}

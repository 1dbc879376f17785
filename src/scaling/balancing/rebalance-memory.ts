import type { LoadFigures } from './rebalance-basis.ts';

/** What planning remembers of one worker. Figures are smoothed and per relative weight (1 = the mean). */
export interface WorkerMemory extends Omit<LoadFigures, 'elu'> {
  readonly elu: number;
  /** Load moved here (negative: away) that is not in the reported figures yet, in the unit of the basis. */
  readonly unreported: number;
  /** Load moved here that is reported and not in the smoothed figures yet. */
  readonly unsmoothed: number;
  readonly gaveAtMs: number;
  /** It has given since it last received. */
  readonly gaveLast: boolean;
  /** How long after giving it does not receive. */
  readonly quarantineMs: number;
}

/** The figures of one report, in their plain units. */
export interface ReportedFigures {
  readonly requestRate: number;
  readonly elu: number;
  readonly inFlight: number;
  readonly connections: number;
}

export const SMOOTHING_MS = 1_000;
/** Doubled each time a worker receives after giving, so that a hot connection is not thrown to and fro. */
const FIRST_QUARANTINE_MS = 5_000;
const MAX_QUARANTINE_MS = 600_000;
/** After so long without giving the quarantine is the first again. */
const FORGET_MS = 1_800_000;

/**
 * Takes a report in. What was moved passes through two decays, as it does in reality: the age of reports and our own smoothing.
 *
 * @param figureLagMs mean age of what a report tells.
 */
export function recall(
  before: WorkerMemory | undefined,
  report: ReportedFigures,
  relativeWeight: number,
  elapsedMs: number,
  figureLagMs: number,
): WorkerMemory {
  const kept = Math.exp(-elapsedMs / SMOOTHING_MS);
  const smooth = (old: number | undefined, reported: number): number => {
    const value = reported / relativeWeight;
    return old === undefined ? value : value + (old - value) * kept;
  };
  const unreported = before?.unreported ?? 0;
  const stillUnreported = figureLagMs > 0 ? unreported * Math.exp(-elapsedMs / figureLagMs) : 0;
  return {
    rate: smooth(before?.rate, report.requestRate),
    elu: smooth(before?.elu, report.elu),
    inFlight: smooth(before?.inFlight, report.inFlight),
    connections: smooth(before?.connections, report.connections),
    unreported: stillUnreported,
    unsmoothed: (before?.unsmoothed ?? 0) * kept + unreported - stillUnreported,
    gaveAtMs: before?.gaveAtMs ?? Number.NEGATIVE_INFINITY,
    gaveLast: before?.gaveLast ?? false,
    quarantineMs: before?.quarantineMs ?? FIRST_QUARANTINE_MS,
  };
}

/** Who has just given does not receive. */
export function isQuarantined(memory: WorkerMemory, nowMs: number): boolean {
  return nowMs - memory.gaveAtMs < memory.quarantineMs;
}

/** Notes a round in which the worker gave or received `movedLoad` (negative: gave). */
export function noteMoves(memory: WorkerMemory, movedLoad: number, nowMs: number): WorkerMemory {
  if (movedLoad === 0) return memory;
  const unreported = memory.unreported + movedLoad;
  if (movedLoad < 0) return { ...memory, unreported, gaveAtMs: nowMs, gaveLast: true };
  if (!memory.gaveLast) return { ...memory, unreported };
  const quarantineMs =
    nowMs - memory.gaveAtMs < FORGET_MS ? Math.min(MAX_QUARANTINE_MS, memory.quarantineMs * 2) : FIRST_QUARANTINE_MS;
  return { ...memory, unreported, gaveLast: false, quarantineMs };
}

/** After a change of basis what was moved has another unit: it is forgotten, and the caller waits for the figures instead. */
export function forgetMoved(memory: WorkerMemory): WorkerMemory {
  return { ...memory, unreported: 0, unsmoothed: 0 };
}

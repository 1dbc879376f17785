/** When a worker reports before its second is over, and when that is worth a round of the scaler. Live and in the simulator. */

/** How often an agent looks at its loop; also the time of a load report. */
export const LOOK_MS = 100;
/** A loop this busy has no time left. */
export const SATURATED_ELU = 0.95;
/** Saturation is told when it has lasted this long, and then this often. Shorter, it is what chance does to every queue. */
export const EARLY_MS = 250;
/** Whoever is saturated for longer has told: the report of each second is enough from then on. */
const TELLS_FOR_MS = 1_250;

/** What a worker remembers between its looks. Times are of one monotonic clock. */
export interface LoopWatch {
  /** Since when its loop has had no time left; null: it has. */
  readonly saturatedSinceMs: number | null;
  /** Its latest report before its time. */
  readonly toldAtMs: number;
}

export const NEW_WATCH: LoopWatch = { saturatedSinceMs: null, toldAtMs: 0 };

/** @param elu event-loop utilization since the look before, which was `sinceMs` */
export function looked(before: LoopWatch, elu: number, sinceMs: number): LoopWatch {
  const saturatedSinceMs = elu < SATURATED_ELU ? null : (before.saturatedSinceMs ?? sinceMs);
  return { ...before, saturatedSinceMs };
}

/** Whether a report is due before its time. */
export function isEarlyReportDue({ saturatedSinceMs, toldAtMs }: LoopWatch, nowMs: number): boolean {
  if (saturatedSinceMs === null) return false;
  const forMs = nowMs - saturatedSinceMs;
  return forMs >= EARLY_MS && forMs <= TELLS_FOR_MS && nowMs - toldAtMs >= EARLY_MS;
}

/** Whether early reports are worth a round: not for one saturated worker of many, and not more often than they come. */
export function isEarlyRoundDue(elus: readonly number[], sinceRoundMs: number): boolean {
  const saturated = elus.filter((elu) => elu >= SATURATED_ELU).length;
  return saturated * 2 > elus.length && sinceRoundMs >= EARLY_MS;
}

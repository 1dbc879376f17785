/** Restart rules, after OTP's supervisors: a delay that doubles with each early exit, and an intensity over a period. */
export interface RestartLimits {
  /** A worker that ends sooner after it became ready is a failed start. */
  readonly minUptimeMs: number;
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  readonly maxRestarts: number;
  readonly periodMs: number;
}

/** When a slot's starts failed since it last lived long, ascending. */
export type RestartHistory = readonly number[];

/** After so many a delay of 1 ms has become longer than any limit. */
const DOUBLINGS = 32;

export interface RestartVerdict {
  readonly history: RestartHistory;
  readonly failedStart: boolean;
  /** Start the replacement at this time. */
  readonly restartAtMs: number;
}

/**
 * When to replace a worker that ended by itself. A long life clears the history: one crash after an hour restarts at once.
 *
 * @param sinceMs since when the worker that ended was ready; when it was started, if it never became ready
 * @param wasReady whether it ever became ready
 */
export function nextRestart(
  limits: RestartLimits,
  history: RestartHistory,
  sinceMs: number,
  wasReady: boolean,
  nowMs: number,
): RestartVerdict {
  const failedStart = !wasReady || nowMs - sinceMs < limits.minUptimeMs;
  if (!failedStart) return { history: [], failedStart, restartAtMs: nowMs };
  const failures = [...history, nowMs].slice(-Math.max(limits.maxRestarts, DOUBLINGS));
  const recent = failures.filter((atMs) => nowMs - atMs < limits.periodMs).length;
  const doubled = limits.backoffMs * 2 ** (failures.length - 1);
  const delayMs = recent >= limits.maxRestarts ? limits.backoffMaxMs : Math.min(limits.backoffMaxMs, doubled);
  return { history: failures, failedStart, restartAtMs: nowMs + delayMs };
}

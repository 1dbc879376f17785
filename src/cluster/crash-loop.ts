import type { CrashLoopStatus } from '../ipc/status.ts';

const FAILED_STARTS = 3;
const WINDOW_MS = 60_000;

/** What the crash-loop guard remembers; plain data, time is an argument. */
export interface CrashLoop {
  readonly failedAtMs: readonly number[];
  readonly lastHealthyCount: number;
  readonly lastFailure: string | null;
}

export const noCrashLoop: CrashLoop = { failedAtMs: [], lastHealthyCount: 0, lastFailure: null };

/** Counts a failed start of any worker. */
export function withFailedStart(loop: CrashLoop, failure: string, nowMs: number): CrashLoop {
  const recent = loop.failedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
  return { ...loop, failedAtMs: [...recent, nowMs], lastFailure: failure };
}

/** Remembers how many workers were healthy, as long as starts do not fail. */
export function withHealthyCount(loop: CrashLoop, ready: number, nowMs: number): CrashLoop {
  return isFrozen(loop, nowMs) || ready === loop.lastHealthyCount ? loop : { ...loop, lastHealthyCount: ready };
}

/** Three failed starts within a minute freeze growth. */
export function isFrozen(loop: CrashLoop, nowMs: number): boolean {
  return loop.failedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS).length >= FAILED_STARTS;
}

export function crashLoopStatus(loop: CrashLoop, nowMs: number): CrashLoopStatus {
  const failedStarts = loop.failedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS).length;
  const { lastHealthyCount, lastFailure } = loop;
  return { frozen: failedStarts >= FAILED_STARTS, failedStarts, lastHealthyCount, lastFailure };
}

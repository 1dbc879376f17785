import type { LogLine } from '../ipc/status.ts';

/** What came since the last look at a log's tail. */
export interface LogNews {
  readonly lines: readonly LogLine[];
  /** True when so much came in between that the two tails share nothing. */
  readonly gap: boolean;
}

/**
 * Compares two tails of the same log. Clocks play no part (they may step back, and several lines share a millisecond):
 * the longest end of `before` that is a beginning of `now` was seen already.
 */
export function newLogLines(before: readonly LogLine[], now: readonly LogLine[]): LogNews {
  for (let overlap = Math.min(before.length, now.length); overlap > 0; overlap -= 1) {
    const start = before.length - overlap;
    let same = 0;
    while (same < overlap && sameLine(before[start + same], now[same])) same += 1;
    if (same === overlap) return { lines: now.slice(overlap), gap: false };
  }
  return { lines: now, gap: before.length > 0 && now.length > 0 };
}

function sameLine(a: LogLine | undefined, b: LogLine | undefined): boolean {
  return a?.atMs === b?.atMs && a?.source === b?.source && a?.stream === b?.stream && a?.text === b?.text;
}

/** How long a key is blocked that goes over its limit again and again. Pure. */

export interface PenaltyOptions {
  /** Block after the first offence. */
  readonly firstMs: number;
  /** No block is longer. */
  readonly longestMs: number;
}

/** Doubles with each offence: 1 → first, 2 → 2 × first, 3 → 4 × first, … up to the longest. */
export function penaltyMs(offences: number, { firstMs, longestMs }: PenaltyOptions): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, offences - 1));
}

/** Whether this hit, and none before, took the count over the limit: of all workers' hits exactly one does. */
export function crossed(consumed: number, points: number, limit: number): boolean {
  return consumed > limit && consumed - points <= limit;
}

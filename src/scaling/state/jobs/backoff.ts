import type { Backoff } from './job.ts';

export const DEFAULT_BACKOFF: Backoff = { delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.2 };

/**
 * Milliseconds until the next attempt after `failures` (from 1) failed ones: doubling, bounded, and spread by jitter so that jobs that
 * failed together don't come back together. `random` is 0 to below 1.
 */
export function retryDelayMs(backoff: Backoff, failures: number, random: number): number {
  // 2^53 and more would turn 0 ms into NaN at Infinity; the bound is reached long before.
  const doubled = backoff.delayMs * 2 ** Math.min(failures - 1, 52);
  const bounded = Math.min(doubled, backoff.maxDelayMs);
  return Math.round(bounded * (1 - backoff.jitter * random));
}

/** Arithmetic on bucket counts over `LATENCY_BOUNDS_MS`. Merging adds counts; percentiles come last and are never averaged. */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT } from '../../ipc/latency-buckets.ts';
import { latencyAtQuantile } from '../autoscale/latency-histogram.ts';

export function emptyCounts(): number[] {
  return new Array<number>(LATENCY_BUCKET_COUNT).fill(0);
}

/** Adds `counts` to `sum`, in place. */
export function addCounts(sum: number[], counts: readonly number[]): void {
  for (let bucket = 0; bucket < LATENCY_BUCKET_COUNT; bucket += 1) {
    sum[bucket] = (sum[bucket] ?? 0) + (counts[bucket] ?? 0);
  }
}

/** What came in between two readings of totals; a count that fell counts as none. */
export function countsSince(before: readonly number[], after: readonly number[]): number[] {
  const since = emptyCounts();
  for (let bucket = 0; bucket < LATENCY_BUCKET_COUNT; bucket += 1) {
    since[bucket] = Math.max(0, (after[bucket] ?? 0) - (before[bucket] ?? 0));
  }
  return since;
}

export function countOf(counts: readonly number[]): number {
  let count = 0;
  for (const inBucket of counts) count += inBucket;
  return count;
}

/**
 * The `share` quantile (0..1) in milliseconds, interpolated within its bucket; null of an empty histogram.
 * What lies above the last bound (100 s) reads as the last bound.
 */
export function percentileMs(counts: readonly number[], share: number): number | null {
  return latencyAtQuantile({ boundsMs: LATENCY_BOUNDS_MS, counts, total: countOf(counts) }, share);
}

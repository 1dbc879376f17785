/**
 * One set of latency buckets for every process, so that histograms merge by adding counts.
 * Ten steps a decade (Renard R10) from 0.1 ms to 100 s: a percentile is off by 28 % of its value at the most,
 * and Prometheus' usual bounds (1, 2.5, 5 × 10ⁿ ms) are among them.
 */
const R10 = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8];

/** Inclusive upper bounds in milliseconds, ascending; one more bucket, the last, holds what is above. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  ...[0.1, 1, 10, 100, 1_000, 10_000].flatMap((decade) => R10.map((step) => Number((step * decade).toPrecision(4)))),
  100_000,
];

/** Length of a counts array. */
export const LATENCY_BUCKET_COUNT = LATENCY_BOUNDS_MS.length + 1;

/** Index of the bucket that holds `latencyMs`. */
export function latencyBucketIndex(latencyMs: number): number {
  let low = 0;
  let high = LATENCY_BOUNDS_MS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((LATENCY_BOUNDS_MS[middle] as number) >= latencyMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

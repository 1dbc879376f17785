import type { Sample } from './series.ts';

/** Counts per bucket; `counts` has one entry more than `boundsMs`, for what is above the last bound. */
export interface LatencyHistogram {
  /** Ascending, inclusive. */
  readonly boundsMs: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
}

/**
 * One histogram of all requests of the samples. Percentiles of intervals or workers can't be averaged; counts can be added.
 * Samples with other bounds than the newest (recordings of another version) are left out.
 */
export function mergeLatencies(samples: readonly Sample[]): LatencyHistogram {
  const traffics = samples.flatMap(({ traffic }) => (traffic === null ? [] : [traffic]));
  const boundsMs = traffics.at(-1)?.latencyBoundsMs ?? [];
  const alike = traffics.filter((traffic) => sameBounds(traffic.latencyBoundsMs, boundsMs));
  const counts = new Array<number>(boundsMs.length + 1).fill(0);
  let total = 0;
  // Plain loops: every rule on latencies merges its window anew, and that is most of what a decision costs.
  for (const { completed, latencyCounts } of alike) {
    if (completed === 0) continue; // an idle app's intervals, which are most of its life
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      const count = latencyCounts[bucket] ?? 0;
      counts[bucket] = (counts[bucket] ?? 0) + count;
      total += count;
    }
  }
  return { boundsMs, counts, total };
}

function sameBounds(one: readonly number[], other: readonly number[]): boolean {
  return one === other || (one.length === other.length && one.every((bound, index) => bound === other[index]));
}

/**
 * The value below which `quantile` (0..1) of the requests lie, interpolated within its bucket as Prometheus' `histogram_quantile` does.
 * What lies above the last bound is reported as that bound.
 * @returns milliseconds; null for an empty histogram
 */
export function latencyAtQuantile(histogram: LatencyHistogram, quantile: number): number | null {
  if (histogram.total === 0) return null;
  const rank = quantile * histogram.total;
  let below = 0;
  for (const [bucket, bound] of histogram.boundsMs.entries()) {
    const count = histogram.counts[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = histogram.boundsMs[bucket - 1] ?? 0;
      return lower + (bound - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return histogram.boundsMs.at(-1) ?? null;
}

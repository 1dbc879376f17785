/** Fine logarithmic latency buckets: forty a decade from 0.1 ms, so a percentile is off by 6 % at the most. */
const PER_DECADE = 40;
const LOWEST_MS = 0.1;
const BUCKETS = 6 * PER_DECADE + 1;

function bucketOf(latencyMs: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log10(latencyMs / LOWEST_MS) * PER_DECADE)));
}

/** A request is given up by its client after this time. */
export const ABANDON_MS = 5_000;

/** Counts what became of the requests, by the second in which they were sent. */
export class Tally {
  readonly total: Float64Array;
  readonly bad: Float64Array;
  failed = 0;
  readonly #objectiveMs: number;
  readonly #buckets = new Float64Array(BUCKETS);

  constructor(durationS: number, objectiveMs: number) {
    this.total = new Float64Array(durationS);
    this.bad = new Float64Array(durationS);
    this.#objectiveMs = objectiveMs;
  }

  answered(sentMs: number, latencyMs: number): void {
    const second = this.#count(sentMs);
    const bucket = bucketOf(latencyMs);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    if (latencyMs > this.#objectiveMs) this.bad[second] = (this.bad[second] as number) + 1;
  }

  /** Given up by its client, or lost. */
  unanswered(sentMs: number): void {
    const second = this.#count(sentMs);
    this.failed += 1;
    const bucket = bucketOf(ABANDON_MS);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    this.bad[second] = (this.bad[second] as number) + 1;
  }

  /** Milliseconds; 0 without requests. */
  latencyAt(quantile: number): number {
    const rank = quantile * this.#buckets.reduce((sum, count) => sum + count, 0);
    let below = 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      below += count;
      if (count > 0 && below >= rank) return LOWEST_MS * 10 ** (bucket / PER_DECADE);
    }
    return 0;
  }

  #count(sentMs: number): number {
    const second = Math.min(this.total.length - 1, Math.floor(sentMs / 1_000));
    this.total[second] = (this.total[second] as number) + 1;
    return second;
  }
}

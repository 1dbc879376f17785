/** Latencies counted in buckets no wider than 1/512 of their value: percentiles are within 0.1 %, in bounded memory for any number of them. */

/** Below this many microseconds each value has a bucket of its own. */
const EXACT = 1024;
const PER_OCTAVE = 512;
const FIRST_OCTAVE = 10;
/** An octave's bucket is 2 to the power of so much less than the octave wide. */
const BITS = 9;
const MAX_US = 2 ** 40;

/** A histogram as JSON: `[bucket, count]` pairs, and what buckets do not tell. */
export interface HistogramData {
  readonly counts: readonly (readonly [bucket: number, count: number])[];
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

/** Of times in milliseconds. */
export class Histogram {
  readonly #counts = new Map<number, number>();
  #count = 0;
  #sumUs = 0;
  #minUs = Number.POSITIVE_INFINITY;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  /** 0 while it is empty, as all others are. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumUs / this.#count / 1000;
  }

  get minMs(): number {
    return this.#count === 0 ? 0 : this.#minUs / 1000;
  }

  get maxMs(): number {
    return this.#maxUs / 1000;
  }

  record(ms: number): void {
    const us = Math.min(MAX_US, Math.max(0, Math.round(ms * 1000)));
    const bucket = bucketOf(us);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#sumUs += us;
    this.#minUs = Math.min(this.#minUs, us);
    this.#maxUs = Math.max(this.#maxUs, us);
  }

  /** The value that `percent` of all values do not exceed, by the nearest rank. */
  percentileMs(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#sorted()) {
      seen += count;
      if (seen >= rank) return Math.min(this.#maxUs, Math.max(this.#minUs, middleOf(bucket))) / 1000;
    }
    return 0;
  }

  add(data: HistogramData): void {
    for (const [bucket, count] of data.counts) {
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
      this.#count += count;
    }
    if (data.counts.length === 0) return;
    this.#sumUs += data.sumUs;
    this.#minUs = Math.min(this.#minUs, data.minUs);
    this.#maxUs = Math.max(this.#maxUs, data.maxUs);
  }

  data(): HistogramData {
    const [minUs, sumUs] = this.#count === 0 ? [0, 0] : [this.#minUs, this.#sumUs];
    return { counts: this.#sorted(), sumUs, minUs, maxUs: this.#maxUs };
  }

  #sorted(): readonly (readonly [number, number])[] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

function bucketOf(us: number): number {
  if (us < EXACT) return us;
  const octave = Math.floor(Math.log2(us));
  return EXACT + (octave - FIRST_OCTAVE) * PER_OCTAVE + Math.floor(us / 2 ** (octave - BITS)) - PER_OCTAVE;
}

function middleOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const octave = FIRST_OCTAVE + Math.floor((bucket - EXACT) / PER_OCTAVE);
  const width = 2 ** (octave - BITS);
  return (((bucket - EXACT) % PER_OCTAVE) + PER_OCTAVE) * width + width / 2;
}

/** Latencies of the recent past: two histograms take turns, so old requests stop counting without a timer. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

export interface LatencySummary {
  /** Requests counted; with none the figures are null. */
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** Microseconds, three significant figures, up to 1000 s: node's histogram is an HDR histogram of whole numbers. */
const HISTOGRAM_RANGE = { lowest: 1, highest: 1_000_000_000, figures: 3 } as const;

/** Percentiles over the last one to two windows. `nowMs` may come from any monotonic clock, always the same one. */
export class LatencyWindow {
  readonly #windowMs: number;
  #windowStartMs: number;
  #current: RecordableHistogram = createHistogram(HISTOGRAM_RANGE);
  #previous: RecordableHistogram = createHistogram(HISTOGRAM_RANGE);

  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#windowStartMs = nowMs;
  }

  record(latencyMs: number, nowMs: number): void {
    this.#advance(nowMs);
    const latencyUs = Math.round(latencyMs * 1_000);
    this.#current.record(Math.min(HISTOGRAM_RANGE.highest, Math.max(HISTOGRAM_RANGE.lowest, latencyUs)));
  }

  summary(nowMs: number): LatencySummary {
    this.#advance(nowMs);
    const merged = createHistogram(HISTOGRAM_RANGE);
    merged.add(this.#previous);
    merged.add(this.#current);
    if (merged.count === 0) return { count: 0, meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };
    return {
      count: merged.count,
      meanMs: Math.round(merged.mean) / 1_000,
      p50Ms: merged.percentile(50) / 1_000,
      p95Ms: merged.percentile(95) / 1_000,
      p99Ms: merged.percentile(99) / 1_000,
      maxMs: merged.max / 1_000,
    };
  }

  #advance(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#windowStartMs) / this.#windowMs);
    if (windows < 1) return;
    const emptied = this.#previous;
    this.#previous = this.#current;
    this.#current = emptied;
    this.#current.reset();
    if (windows > 1) this.#previous.reset();
    this.#windowStartMs += windows * this.#windowMs;
  }
}

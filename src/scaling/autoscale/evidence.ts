import type { Sample } from './series.ts';

/** What the recent observations say, as of one moment. */
export interface Evidence {
  readonly nowMs: number;
  /** Null: nothing could be observed this time. */
  readonly newest: Sample | null;
  /** Ascending; ends with `newest` when there is one. */
  readonly series: readonly Sample[];
}

/** Samples of the last `windowMs`. */
export function samplesWithin(evidence: Evidence, windowMs: number): readonly Sample[] {
  return evidence.series.filter(({ atMs }) => atMs > evidence.nowMs - windowMs);
}

/**
 * Samples of the last `windowMs` that were taken with as many ready workers as there are now.
 * What requests took when there were fewer (or more) workers says nothing about the present ones.
 */
export function samplesOfPresentWorkers(evidence: Evidence, windowMs: number): readonly Sample[] {
  const samples = samplesWithin(evidence, windowMs);
  const ready = evidence.newest?.ready;
  const changed = samples.findLastIndex((sample) => sample.ready !== ready);
  return samples.slice(changed + 1);
}

/** Arithmetic mean; null for none. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}

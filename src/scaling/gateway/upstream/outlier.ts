/** Ejection by comparison: an upstream that does clearly worse than it should is left out for a while (Envoy's outlier detection). */
export interface OutlierLimits {
  /** Share of 5xx among an interval's responses from which it is ejected; 0..1. */
  readonly errorRatio: number;
  /** Its mean latency over the median of the others' from which it is ejected; above 1. */
  readonly latencyFactor: number;
  /** Fewer responses in an interval say nothing. */
  readonly minRequests: number;
  /** The first ejection's length; the n-th in a row lasts n times as long. */
  readonly baseMs: number;
  /** No more than this share of all is ejected; 0..1. */
  readonly maxRatio: number;
}

/** What one upstream did in one interval. */
export interface IntervalFigures {
  readonly requests: number;
  readonly errors: number;
  readonly latencySumMs: number;
  readonly ejected: boolean;
}

export type OutlierReason = 'errors' | 'latency';

/** Differences below this are noise, whatever the factor. */
const TELLING_MS = 50;

/**
 * Who is to be ejected now, by index; undefined: stays. Pure.
 * Example: mean latencies 10, 12 and 200 ms, factor 3: the median of the others of the third is 11, 200 > 3 × 11 and 189 above it: ejected.
 */
export function outliers(figures: readonly IntervalFigures[], limits: OutlierLimits): (OutlierReason | undefined)[] {
  let room = Math.floor(figures.length * limits.maxRatio) - figures.filter((each) => each.ejected).length;
  return figures.map((each, index) => {
    if (room <= 0 || each.ejected || each.requests < limits.minRequests) return undefined;
    const reason = judged(figures, index, limits);
    if (reason !== undefined) room -= 1;
    return reason;
  });
}

function judged(figures: readonly IntervalFigures[], index: number, limits: OutlierLimits): OutlierReason | undefined {
  const own = figures[index] as IntervalFigures;
  const others = figures.filter(
    (each, other) => other !== index && !each.ejected && each.requests >= limits.minRequests,
  );
  // When all are failing it is not this one that is at fault.
  const errorRatio = own.errors / own.requests;
  const othersFail = others.length > 0 && others.every((each) => each.errors / each.requests >= limits.errorRatio);
  if (errorRatio >= limits.errorRatio && !othersFail) return 'errors';
  if (others.length === 0) return undefined;
  const median = medianOf(others.map((each) => each.latencySumMs / each.requests));
  const mean = own.latencySumMs / own.requests;
  return mean > median * limits.latencyFactor && mean - median > TELLING_MS ? 'latency' : undefined;
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle] as number;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] as number) + upper) / 2;
}

/** Requests of one side of a canary comparison, over the same span of time. */
export interface CanaryFigures {
  readonly completed: number;
  /** 5xx among the completed. */
  readonly errors: number;
  /** Null when nothing was completed. */
  readonly p95Ms: number | null;
}

export interface CanaryVerdict {
  readonly verdict: 'pass' | 'fail' | 'no-traffic';
  readonly detail: string;
}

/** With fewer requests than this a percentage says nothing. */
const MIN_REQUESTS = 20;
/** A new error ratio may exceed the old one by this much, in absolute terms. */
const ERROR_RATIO_MARGIN = 0.05;
/** A fresh process is slower until its code is compiled: it may take twice as long, plus this. */
const P95_FACTOR = 2;
const P95_MARGIN_MS = 50;

/**
 * Compares the first worker of a reload with the workers it is to replace. Few requests are no verdict; a new worker that
 * answers 5xx to most of even a few requests fails.
 */
export function judgeCanary(before: CanaryFigures, canary: CanaryFigures): CanaryVerdict {
  const errorRatio = ratio(canary);
  const allowedRatio = ratio(before) + ERROR_RATIO_MARGIN;
  const errors = `${percent(errorRatio)} errors against ${percent(ratio(before))}`;
  if (canary.completed >= 5 && errorRatio > Math.max(0.5, allowedRatio)) {
    return { verdict: 'fail', detail: `the new worker answers ${errors}` };
  }
  if (canary.completed < MIN_REQUESTS || before.completed < MIN_REQUESTS) {
    return { verdict: 'no-traffic', detail: `too few requests to compare (${canary.completed} on the new worker)` };
  }
  if (errorRatio > allowedRatio) return { verdict: 'fail', detail: `the new worker answers ${errors}` };
  const beforeMs = before.p95Ms ?? 0;
  const canaryMs = canary.p95Ms ?? 0;
  const latency = `p95 ${canaryMs.toFixed(1)} ms against ${beforeMs.toFixed(1)} ms`;
  if (canaryMs > beforeMs * P95_FACTOR + P95_MARGIN_MS) {
    return { verdict: 'fail', detail: `the new worker is too slow: ${latency}` };
  }
  return { verdict: 'pass', detail: `${errors}, ${latency} over ${canary.completed} requests` };
}

function ratio(figures: CanaryFigures): number {
  return figures.completed === 0 ? 0 : figures.errors / figures.completed;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

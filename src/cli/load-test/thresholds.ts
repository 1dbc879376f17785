/** What a load test must reach: `p95<200ms`, `errors<1%`, `rps>500`, `login:p99<1s`. */
import { parseDurationMs } from '../../../config/duration.ts';
import type { LoadResult, StepResult } from './result.ts';

const THRESHOLD_ALLOWED =
  'p50, p75, p90, p95, p99, p99.9, mean or max below a duration (p95<200ms), errors<1%, rps>100, sockets>=25000; with a step before it: create:p99<1s';

export interface Threshold {
  readonly text: string;
  readonly step: string | null;
  readonly metric: string;
  readonly isMet: (value: number) => boolean;
}

export interface Verdict {
  readonly threshold: string;
  readonly isMet: boolean;
  /** What there was instead, for people. */
  readonly found: string;
}

/** @throws RangeError for a text that is no threshold */
export function parseThreshold(text: string): Threshold {
  const match = /^(?:(.+):)?(p50|p75|p90|p95|p99|p99\.9|mean|max|errors|rps|sockets)\s*(<=|>=|<|>)\s*(\S+)$/.exec(
    text.trim(),
  );
  const [, step, metric = '', sign = '', bound = ''] = match ?? [];
  const limit = match === null ? undefined : boundOf(metric, bound);
  if (limit === undefined) throw new RangeError(`${JSON.stringify(text)} is no threshold; give ${THRESHOLD_ALLOWED}`);
  const compare: Record<string, (value: number) => boolean> = {
    '<': (value) => value < limit,
    '<=': (value) => value <= limit,
    '>': (value) => value > limit,
    '>=': (value) => value >= limit,
  };
  return { text: text.trim(), step: step ?? null, metric, isMet: compare[sign] as (value: number) => boolean };
}

/** Each threshold against the result. Where nothing was measured, no threshold is met. */
export function judge(thresholds: readonly Threshold[], result: LoadResult): readonly Verdict[] {
  return thresholds.map(({ text, step, metric, isMet }) => {
    const of = step === null ? result.total : result.steps.find(({ name }) => name === step);
    if (of === undefined) return { threshold: text, isMet: false, found: `there was no step ${step}` };
    const value = measured(metric, of, result);
    if (value === null) return { threshold: text, isMet: false, found: 'nothing was measured' };
    return { threshold: text, isMet: isMet(value), found: shown(metric, value) };
  });
}

function measured(metric: string, step: StepResult, result: LoadResult): number | null {
  const all = step.succeeded + step.failed;
  if (metric === 'sockets') return result.socketsMax;
  if (metric === 'rps') return step.succeeded / result.seconds;
  if (metric === 'errors') return all === 0 ? null : step.failed / all;
  if (step.succeeded === 0) return null;
  if (metric === 'mean') return step.meanMs;
  return metric === 'max' ? step.maxMs : (step.percentilesMs[metric.slice(1)] ?? null);
}

function boundOf(metric: string, text: string): number | undefined {
  if (metric === 'errors') {
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
    return percent === undefined ? undefined : Number(percent) / 100;
  }
  if (metric === 'rps' || metric === 'sockets') return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  // A bare number is milliseconds, as latencies are everywhere here.
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  try {
    return parseDurationMs(text);
  } catch {
    return undefined;
  }
}

function shown(metric: string, value: number): string {
  if (metric === 'errors') return `${(value * 100).toFixed(2)} %`;
  if (metric === 'rps') return `${value.toFixed(1)} a second`;
  return metric === 'sockets' ? String(value) : `${value.toFixed(1)} ms`;
}

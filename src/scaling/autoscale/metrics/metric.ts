import type { Aggregate, MetricName } from '../../../../config/rule-types.ts';
import type { Evidence } from '../evidence.ts';
import type { Sample } from '../series.ts';

/** What is asked of a metric. */
export interface MetricQuery {
  readonly metric: MetricName;
  readonly aggregate: Aggregate;
  readonly windowMs: number;
  /**
   * How workers without fresh figures count. `zero` for scale-ups: nothing is added for a load nobody saw
   * (HorizontalPodAutoscaler does the same); `absent` for scale-downs, which are forbidden then anyway.
   */
  readonly staleAs: 'zero' | 'absent';
}

/** Missing data is an answer, never a guess. */
export type Reading =
  | {
      readonly kind: 'value';
      readonly value: number;
      /** Null, or why the value is too thin to scale up on. */
      readonly thin: string | null;
    }
  | { readonly kind: 'missing'; readonly why: string }
  /** The app has nothing of the kind; rules about it rest. */
  | { readonly kind: 'unused'; readonly why: string };

export interface Metric {
  /** Of its values and of the thresholds that rules write. */
  readonly unit: '%' | 'ms' | 'requests' | 'requests/s' | '';
  /** How the value answers to another number of workers under the same load; the linter goes by it. */
  readonly response: 'inverse' | 'unknown';
  /** `newest` is the evidence's newest sample, which is there and within the window. */
  read(evidence: Evidence, query: MetricQuery, newest: Sample): Reading;
}

export function measured(value: number): Reading {
  return { kind: 'value', value, thin: null };
}

export function missing(why: string): Reading {
  return { kind: 'missing', why };
}

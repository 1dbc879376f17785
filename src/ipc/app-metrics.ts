/** What workers tell of the app's own metrics and health checks. */

export type AppMetricType = 'counter' | 'gauge' | 'histogram' | 'summary';

/** How points of several workers become one, as prom-client's `aggregator` says. */
export type AppAggregator = 'sum' | 'first' | 'min' | 'max' | 'average';

export interface AppMetric {
  readonly name: string;
  readonly help: string;
  readonly type: AppMetricType;
  readonly aggregator: AppAggregator;
  /** `[name of the sample, labels as name and value in turn, value]`. */
  readonly points: readonly (readonly [name: string, labels: readonly string[], value: number])[];
}

/** The latest result of one check of the app's in one worker. */
export interface AppCheckReport {
  readonly name: string;
  readonly unit: string;
  readonly worseWhen: 'above' | 'below';
  readonly warning: number | null;
  readonly critical: number | null;
  readonly isDependency: boolean;
  readonly value: number;
  /** Why it failed; null: it did not. */
  readonly failure: string | null;
  /** Grows with each result, so that each is judged once. */
  readonly sequence: number;
}

export interface AppReport {
  /** All of them when one has changed; else null. */
  readonly metrics: readonly AppMetric[] | null;
  /** Points left out because there were too many. */
  readonly dropped: number;
  readonly checks: readonly AppCheckReport[] | null;
}

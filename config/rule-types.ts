/** Scaling rules as the scaler sees them: complete, with units in the names. `config/rules.ts` makes them from a rules file. */

export const BUILT_IN_METRICS = [
  'cpu',
  'elu',
  'memory',
  'inFlight',
  'requestRate',
  'responseTime',
  'errorRate',
  'capacity',
  'bandwidth',
] as const;
export type BuiltInMetric = (typeof BUILT_IN_METRICS)[number];

/** `custom:queue_depth` is the gauge `queue_depth` that the app registered. */
export type MetricName = BuiltInMetric | `custom:${string}`;

/** Response times are judged by a percentile of all requests of the window, everything else by its mean. */
export const AGGREGATES = ['mean', 'p50', 'p95', 'p99'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export const OPERATORS = ['gt', 'gte', 'lt', 'lte'] as const;
export type Operator = (typeof OPERATORS)[number];

export const ACTIONS = ['scale-up', 'scale-down', 'alert'] as const;
export type Action = (typeof ACTIONS)[number];

export const AMOUNT_UNITS = ['workers', 'percent'] as const;
export type AmountUnit = (typeof AMOUNT_UNITS)[number];

interface RuleCommon {
  /** Unique in the file; it names the rule in logs, metrics, the API and `explain`. */
  readonly name: string;
  readonly enabled: boolean;
  readonly metric: MetricName;
  readonly aggregate: Aggregate;
  readonly windowMs: number;
  /** Per rule and direction; begins when the workers that were asked for are ready. */
  readonly cooldownMs: number;
  /** The higher number wins: it picks the reported reason among rules that want the same. */
  readonly priority: number;
}

/** `value operator threshold` → one fixed step. */
export interface ThresholdRule extends RuleCommon {
  readonly type: 'threshold';
  readonly operator: Operator;
  readonly threshold: number;
  /** Once the rule holds, it holds until the value is back beyond this; null: beyond the threshold itself. */
  readonly clearThreshold: number | null;
  readonly action: Action;
  /** 0 for alerts. */
  readonly scaleAmount: number;
  readonly unit: AmountUnit;
}

export interface Step {
  readonly threshold: number;
  readonly scaleAmount: number;
}

/** Several thresholds, each with its step; the farthest one that is passed decides. */
export interface StepRule extends RuleCommon {
  readonly type: 'step';
  readonly operator: Operator;
  /** From the mildest to the farthest. */
  readonly steps: readonly Step[];
  readonly clearThreshold: number | null;
  readonly action: 'scale-up' | 'scale-down';
  readonly unit: AmountUnit;
}

/** Holds a metric near a target, in both directions, as a HorizontalPodAutoscaler does. */
export interface TargetRule extends RuleCommon {
  readonly type: 'target';
  readonly target: number;
  /** Ratio around the target in which nothing happens; null: the policy's. */
  readonly tolerance: number | null;
}

export type ScalingRule = ThresholdRule | StepRule | TargetRule;

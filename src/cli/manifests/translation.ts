import type { ScalingRule } from '../../../config/rules.ts';

/** A rule as the peers have it: one metric, one target value that each worker may have. */
export interface TargetMetric {
  readonly rules: readonly string[];
  readonly metric: 'cpu' | 'elu' | 'inFlight' | 'requestRate' | 'custom';
  /** Name of the gauge, of a custom metric. */
  readonly gauge: string | null;
  /** In the rule's unit. */
  readonly target: number;
}

/** What of a policy a target tracker can express, and what it can't, in words. */
export interface Translation {
  readonly metrics: readonly TargetMetric[];
  readonly lost: readonly string[];
}

const PER_WORKER = new Set(['cpu', 'elu', 'inFlight', 'requestRate']);

/**
 * A threshold rule acts beyond its threshold; a target tracker keeps a value. So the highest scale-up threshold becomes the target, and
 * what else a rule says (its step, its cooldown, the threshold of its scale-down twin) is lost and named.
 */
export function translate(rules: readonly ScalingRule[]): Translation {
  const lost: string[] = [];
  const targets = new Map<string, TargetMetric>();
  for (const rule of rules.filter(({ enabled }) => enabled)) {
    const wanted = targetOf(rule);
    if (typeof wanted === 'string') {
      lost.push(`${rule.name}: ${wanted}`);
      continue;
    }
    const key = `${wanted.metric} ${wanted.gauge ?? ''}`;
    const present = targets.get(key);
    const target = present === undefined ? wanted.target : Math.min(present.target, wanted.target);
    targets.set(key, { ...wanted, target, rules: [...(present?.rules ?? []), rule.name] });
    if (rule.type !== 'target')
      lost.push(`${rule.name}: its step and its cooldown of ${rule.cooldownMs / 1_000} s; a target is tracked instead`);
  }
  return { metrics: [...targets.values()], lost };
}

/** The metric and target, or why there is none. */
function targetOf(rule: ScalingRule): Omit<TargetMetric, 'rules'> | string {
  const { metric } = rule;
  if (rule.type !== 'target') {
    if (rule.action === 'alert') return 'an alert; write it as a Prometheus alerting rule';
    if (rule.action === 'scale-down')
      return 'a threshold of its own to scale down by; a target tracker shrinks by the same target';
    if (rule.operator === 'lt' || rule.operator === 'lte')
      return 'it adds workers when a value falls; a target tracker does the opposite';
  }
  const target =
    rule.type === 'target' ? rule.target : rule.type === 'step' ? rule.steps[0]?.threshold : rule.threshold;
  if (target === undefined || target <= 0) return 'it has no target above 0';
  if (metric === 'responseTime')
    return 'a response time does not fall in proportion to the workers, so tracking it would not settle';
  if (metric === 'memory') return 'memory of the machine; more pods do not lower it';
  if (metric === 'errorRate') return 'errors; more pods do not lower them';
  if (metric === 'capacity' || metric === 'bandwidth') return "leases are Tidegate's own";
  if (metric.startsWith('custom:')) return { metric: 'custom', gauge: metric.slice('custom:'.length), target };
  return PER_WORKER.has(metric)
    ? { metric: metric as TargetMetric['metric'], gauge: null, target }
    : 'the metric is not known';
}

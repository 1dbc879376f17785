import type { loadScalingPolicy } from '../../runtime/scaling-policy.ts';
import type { TargetMetric, Translation } from './translation.ts';
import { Commented, type YamlMap, type YamlValue } from './yaml.ts';

type Policy = Pick<
  ReturnType<typeof loadScalingPolicy>,
  'limits' | 'scaleUpMaxPercent' | 'scaleDownMaxPercent' | 'scaleDownPeriodMs' | 'scaleDownStabilizationMs'
>;

/** Kubernetes allows no longer windows and periods than these. */
const LONGEST_WINDOW_S = 3_600;
const LONGEST_PERIOD_S = 1_800;

/**
 * A HorizontalPodAutoscaler (autoscaling/v2) for pods of one worker each.
 * @param name of the Deployment that it scales
 */
export function hpaManifest(name: string, policy: Policy, { metrics }: Translation): YamlMap {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: new Commented(['MIN_INSTANCES and MAX_INSTANCES, with one worker a pod'], policy.limits.min),
      maxReplicas: policy.limits.max,
      metrics: new Commented(['The highest of these wins.'], metrics.map(metricOf)),
      behavior: behaviorOf(policy),
    },
  };
}

/** The pace of the policy, as both kinds of manifest have it. */
export function behaviorOf(policy: Policy): YamlMap {
  const seconds = (ms: number, most: number): number => Math.min(most, Math.max(1, Math.round(ms / 1_000)));
  return {
    scaleDown: {
      stabilizationWindowSeconds: seconds(policy.scaleDownStabilizationMs, LONGEST_WINDOW_S),
      policies: [
        {
          type: 'Percent',
          value: policy.scaleDownMaxPercent,
          periodSeconds: seconds(policy.scaleDownPeriodMs, LONGEST_PERIOD_S),
        },
      ],
    },
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [{ type: 'Percent', value: policy.scaleUpMaxPercent, periodSeconds: 15 }],
    },
  };
}

function metricOf(metric: TargetMetric): YamlValue {
  const from = new Commented([`from ${metric.rules.join(', ')}`], metric.metric === 'cpu' ? 'Resource' : 'Pods');
  if (metric.metric === 'cpu') {
    const target = { type: 'Utilization', averageUtilization: Math.round(metric.target) };
    return {
      type: from,
      resource: {
        name: 'cpu',
        target: new Commented(['percent of the pod\'s request: it must request one core, cpu: "1"'], target),
      },
    };
  }
  return {
    type: from,
    pods: {
      metric: { name: new Commented(['served by an adapter such as prometheus-adapter'], podMetricOf(metric)) },
      target: { type: 'AverageValue', averageValue: quantityOf(metric) },
    },
  };
}

function podMetricOf({ metric, gauge }: TargetMetric): string {
  if (metric === 'elu') return 'tidegate_worker_elu';
  if (metric === 'inFlight') return 'tidegate_http_requests_in_flight';
  return metric === 'requestRate' ? 'tidegate_http_requests_per_second' : (gauge ?? 'custom');
}

/** As a Kubernetes quantity. Rules write utilizations in percent, metrics have 0 to 1. */
function quantityOf({ metric, target }: TargetMetric): string {
  const value = metric === 'elu' ? target / 100 : target;
  return Number.isInteger(value) ? String(value) : `${Math.round(value * 1_000)}m`;
}

import { behaviorOf } from './hpa.ts';
import type { TargetMetric, Translation } from './translation.ts';
import { Commented, type YamlMap, type YamlValue } from './yaml.ts';

/**
 * A KEDA ScaledObject (keda.sh/v1alpha1) that asks Prometheus for what Tidegate exposes.
 * @param name of the Deployment that it scales
 * @param prometheusUrl where Prometheus answers queries
 */
export function kedaManifest(
  name: string,
  prometheusUrl: string,
  policy: Parameters<typeof behaviorOf>[0],
  { metrics }: Translation,
): YamlMap {
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: new Commented(
        ['MIN_INSTANCES and MAX_INSTANCES, with one worker a pod; KEDA alone could go to 0'],
        policy.limits.min,
      ),
      maxReplicaCount: policy.limits.max,
      advanced: { horizontalPodAutoscalerConfig: { behavior: behaviorOf(policy) } },
      triggers: new Commented(
        ['The highest of these wins.'],
        metrics.map((metric) => triggerOf(metric, prometheusUrl)),
      ),
    },
  };
}

function triggerOf(metric: TargetMetric, serverAddress: string): YamlValue {
  const type = new Commented([`from ${metric.rules.join(', ')}`], 'prometheus');
  const threshold = metric.metric === 'cpu' || metric.metric === 'elu' ? metric.target / 100 : metric.target;
  return {
    type,
    metricType: new Commented(
      ['the query gives the total of all pods; the threshold is what each may have'],
      'AverageValue',
    ),
    metadata: { serverAddress, query: queryOf(metric), threshold: String(Number(threshold.toPrecision(6))) },
  };
}

function queryOf({ metric, gauge }: TargetMetric): string {
  if (metric === 'cpu') return 'sum(avg_over_time(tidegate_worker_cpu_utilization[15s]))';
  if (metric === 'elu') return 'sum(avg_over_time(tidegate_worker_elu[15s]))';
  if (metric === 'inFlight') return 'sum(tidegate_http_requests_in_flight)';
  return metric === 'requestRate' ? 'sum(rate(tidegate_http_requests_total[1m]))' : `sum(${gauge})`;
}

import type { BuiltInMetric, MetricName } from '../../../../config/rule-types.ts';
import type { Evidence } from '../evidence.ts';
import { custom } from './custom.ts';
import { bandwidth, capacity } from './leases.ts';
import { memory } from './machine.ts';
import { type Metric, type MetricQuery, missing, type Reading } from './metric.ts';
import { cpu, elu, inFlight } from './per-worker.ts';
import { errorRate, requestRate, responseTime } from './traffic.ts';

const BUILT_IN: Readonly<Record<BuiltInMetric, Metric>> = {
  cpu,
  elu,
  memory,
  inFlight,
  requestRate,
  responseTime,
  errorRate,
  capacity,
  bandwidth,
};

export function metricOf(name: MetricName): Metric {
  return Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name as BuiltInMetric] : custom;
}

/** What a metric says over the window that ends now. */
export function readMetric(evidence: Evidence, query: MetricQuery): Reading {
  const { newest, nowMs } = evidence;
  if (newest === null) return missing('nothing could be observed');
  if (newest.atMs <= nowMs - query.windowMs) return missing('the newest figures are older than the window');
  return metricOf(query.metric).read(evidence, query, newest);
}

/** Metrics as they were read for the page, in the shape that OpenTelemetry's exporters take. Pure. */
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import type { ReadMetric } from '../metrics/exposition.ts';
import type { MetricPoint } from '../metrics/family.ts';

/** Values of the SDK's enums, so that the SDK need not be loaded to shape data. */
export interface SdkWords {
  readonly cumulative: number;
  readonly double: number;
  readonly sum: number;
  readonly gauge: number;
  readonly histogram: number;
}

export interface ExportTimes {
  /** Since when counters count. */
  readonly startedAtMs: number;
  readonly nowMs: number;
}

/** One metric; what has no points is left out. */
export function otlpMetrics(metrics: readonly ReadMetric[], times: ExportTimes, words: SdkWords): MetricData[] {
  return metrics.filter(({ points }) => points.length > 0).map((metric) => otlpMetric(metric, times, words));
}

function otlpMetric({ name, help, type, points }: ReadMetric, times: ExportTimes, words: SdkWords): MetricData {
  const common = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: words.double, advice: {} },
    aggregationTemporality: words.cumulative,
  };
  if (type === 'histogram') {
    const dataPoints = histograms(points).map(({ labels, value }) => dataPoint(labels, value, times));
    return { ...common, dataPointType: words.histogram, dataPoints } as MetricData;
  }
  const dataPoints = points.map(({ labels = {}, value, metricName }) =>
    dataPoint(metricName === undefined ? labels : { ...labels, part: metricName.slice(name.length + 1) }, value, times),
  );
  if (type === 'gauge') return { ...common, dataPointType: words.gauge, dataPoints } as MetricData;
  return { ...common, dataPointType: words.sum, isMonotonic: true, dataPoints } as MetricData;
}

function dataPoint<T>(
  labels: MetricPoint['labels'] & object,
  value: T,
  { startedAtMs, nowMs }: ExportTimes,
): DataPoint<T> {
  const attributes = Object.fromEntries(Object.entries(labels).map(([label, given]) => [label, String(given)]));
  return { startTime: hrTime(startedAtMs), endTime: hrTime(nowMs), attributes, value };
}

interface GroupedHistogram {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: Histogram;
}

/** Prometheus counts what is at or below each bound; OpenTelemetry what is between two of them. */
function histograms(points: readonly MetricPoint[]): readonly GroupedHistogram[] {
  const groups = new Map<string, { labels: Record<string, string | number>; below: [number, number][]; sum: number }>();
  for (const { labels = {}, value, metricName = '' } of points) {
    const { le, ...rest } = labels;
    const key = JSON.stringify(rest);
    const group = groups.get(key) ?? { labels: rest, below: [], sum: 0 };
    groups.set(key, group);
    if (metricName.endsWith('_bucket'))
      group.below.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
    else if (metricName.endsWith('_sum')) group.sum = value;
  }
  return [...groups.values()].map(({ labels, below, sum }) => {
    const ascending = below.sort(([left], [right]) => left - right);
    const counts = ascending.map(([, count], index) => count - (ascending[index - 1]?.[1] ?? 0));
    const boundaries = ascending.map(([bound]) => bound).filter(Number.isFinite);
    const count = ascending.at(-1)?.[1] ?? 0;
    return { labels, value: { buckets: { boundaries, counts }, sum, count } };
  });
}

/** UCUM, from the base units that Prometheus' names end in. */
function unitOf(name: string): string {
  const bare = name.replace(/_total$/, '');
  if (bare.endsWith('_seconds')) return 's';
  if (bare.endsWith('_bytes')) return 'By';
  return bare.endsWith('_ratio') ? '1' : '';
}

function hrTime(epochMs: number): DataPoint<number>['startTime'] {
  const seconds = Math.floor(epochMs / 1_000);
  return [seconds, Math.round((epochMs - seconds * 1_000) * 1_000_000)];
}

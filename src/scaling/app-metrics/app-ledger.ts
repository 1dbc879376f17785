import type { AppAggregator, AppMetric, AppMetricType, AppReport } from '../../ipc/app-metrics.ts';
import type { MetricPoint } from '../metrics/family.ts';

/** One metric of the app's, merged over the workers. */
export interface AppFamily {
  readonly name: string;
  readonly help: string;
  readonly type: AppMetricType;
  readonly labels: readonly string[];
  readonly points: readonly MetricPoint[];
}

interface Family {
  readonly help: string;
  readonly type: AppMetricType;
  readonly aggregator: AppAggregator;
  /** Of a counter or histogram: what all workers there ever were have counted. Of a gauge: nothing. */
  readonly credited: Map<string, number>;
}

/** Names and labels as Prometheus allows them; a worker that sends others has gone wrong, and its page must not go with it. */
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]{0,199}$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,199}$/;
/** Ours; an app that uses them would contradict them. */
const OWN_PREFIX = 'tidegate_';
/** Over all workers: an app that makes a label of every user's name must not take the primary's memory. */
const MAX_SERIES = 5_000;

/**
 * Merges what workers tell of the app's metrics. What is counted is credited as it grows, so that no sum falls when a worker leaves; a
 * gauge is what the living say, merged as prom-client's `aggregator` wants it.
 */
export class AppLedger {
  readonly #families = new Map<string, Family>();
  /** Of each worker: series key → value. */
  readonly #lastSeen = new Map<number, ReadonlyMap<string, number>>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();
  #dropped = 0;

  /** Points left out, by workers or here, because there were too many, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  fold(workerId: number, { metrics, dropped }: AppReport): void {
    if (metrics === null) return;
    this.#dropped += dropped;
    const before = this.#lastSeen.get(workerId);
    const seen = new Map<string, number>();
    for (const metric of metrics) this.#foldMetric(metric, before, seen);
    this.#lastSeen.set(workerId, seen);
    if (before !== undefined) this.#release(before);
  }

  /** The process is gone: its gauges no longer count. */
  forget(workerId: number): void {
    const before = this.#lastSeen.get(workerId);
    this.#lastSeen.delete(workerId);
    if (before !== undefined) this.#release(before);
  }

  families(): readonly AppFamily[] {
    const merged = this.#mergedGauges();
    return [...this.#families].map(([name, { help, type, credited }]) => {
      const series = type === 'gauge' ? (merged.get(name) ?? new Map<string, number>()) : credited;
      const points = [...series].map(([key, value]) => {
        const metricName = sampleOf(key);
        const labels = this.#labels.get(key) ?? {};
        return metricName === name ? { labels, value } : { metricName, labels, value };
      });
      const labels = new Set(points.flatMap((point) => Object.keys(point.labels)));
      return { name, help, type, labels: [...labels], points };
    });
  }

  /** Gauges without labels, by name: what rules can scale on. */
  gauges(): Readonly<Record<string, number>> {
    const gauges: Record<string, number> = {};
    const workers = [...this.#lastSeen.values()];
    for (const [name, { type, aggregator }] of this.#families) {
      if (type !== 'gauge') continue;
      const key = keyOf(name, []);
      const values = workers.flatMap((series) => series.get(key) ?? []);
      if (values.length > 0) gauges[name] = aggregate(aggregator, values);
    }
    return gauges;
  }

  #foldMetric(metric: AppMetric, before: ReadonlyMap<string, number> | undefined, seen: Map<string, number>): void {
    const { name, help, type, aggregator, points } = metric;
    if (!METRIC_NAME.test(name) || name.startsWith(OWN_PREFIX)) return;
    let family = this.#families.get(name);
    if (family === undefined) {
      if (this.#families.size >= MAX_SERIES) {
        this.#dropped += points.length;
        return;
      }
      family = { help, type, aggregator, credited: new Map() };
      this.#families.set(name, family);
    }
    if (family.type !== type) return;
    for (const [sample, labels, value] of points) {
      const key = keyOf(sample, labels);
      if (!this.#isKnown(key, sample, labels)) {
        this.#dropped += 1;
        continue;
      }
      seen.set(key, value);
      if (type === 'gauge') continue;
      const grown = Math.max(0, value - (before?.get(key) ?? 0));
      family.credited.set(key, (family.credited.get(key) ?? 0) + grown);
    }
  }

  /** Makes room where no worker tells a gauge any more. What was counted stays, for sums must not fall. */
  #release(before: ReadonlyMap<string, number>): void {
    const workers = [...this.#lastSeen.values()];
    for (const key of before.keys()) {
      if (workers.some((series) => series.has(key)) || this.#isCounted(key)) continue;
      this.#labels.delete(key);
    }
  }

  #isCounted(key: string): boolean {
    return this.#families.get(sampleOf(key))?.type !== 'gauge';
  }

  #isKnown(key: string, sample: string, labels: readonly string[]): boolean {
    if (this.#labels.has(key)) return true;
    const names = labels.filter((_, index) => index % 2 === 0);
    if (this.#labels.size >= MAX_SERIES || !METRIC_NAME.test(sample)) return false;
    if (!names.every((label) => LABEL_NAME.test(label))) return false;
    this.#labels.set(key, Object.fromEntries(names.map((label, index) => [label, labels[2 * index + 1] ?? ''])));
    return true;
  }

  #mergedGauges(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const told = new Map<string, Map<string, number[]>>();
    for (const series of this.#lastSeen.values()) {
      for (const [key, value] of series) {
        const name = sampleOf(key);
        if (this.#families.get(name)?.type !== 'gauge') continue;
        const all = told.get(name) ?? new Map<string, number[]>();
        told.set(name, all.set(key, [...(all.get(key) ?? []), value]));
      }
    }
    return new Map(
      [...told].map(([name, series]) => {
        const { aggregator } = this.#families.get(name) as Family;
        return [name, new Map([...series].map(([key, values]) => [key, aggregate(aggregator, values)]))];
      }),
    );
  }
}

function aggregate(how: AppAggregator, values: readonly number[]): number {
  if (how === 'first') return values[0] as number;
  if (how === 'min') return Math.min(...values);
  if (how === 'max') return Math.max(...values);
  const sum = values.reduce((total, value) => total + value, 0);
  return how === 'average' ? sum / values.length : sum;
}

function keyOf(sample: string, labels: readonly string[]): string {
  return JSON.stringify([sample, ...labels]);
}

function sampleOf(key: string): string {
  return (JSON.parse(key) as [string])[0];
}

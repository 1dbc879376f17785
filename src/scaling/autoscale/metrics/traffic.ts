import type { Aggregate } from '../../../../config/rule-types.ts';
import { type Evidence, samplesOfPresentWorkers, samplesWithin } from '../evidence.ts';
import { latencyAtQuantile, mergeLatencies } from '../latency-histogram.ts';
import type { TrafficObservation } from '../observation.ts';
import type { Sample } from '../series.ts';
import { type Metric, type MetricQuery, measured, missing, type Reading } from './metric.ts';

const NO_TRAFFIC_FIGURES = 'the request figures of the interval are missing';

/** 1/(1 − q) requests: with fewer, the percentile is nothing but the slowest one. */
const QUANTILES: Readonly<Record<Exclude<Aggregate, 'mean'>, readonly [quantile: number, enough: number]>> = {
  p50: [0.5, 2],
  p95: [0.95, 20],
  p99: [0.99, 100],
};

/** With fewer completed requests one failure is 5 % or more. */
const ENOUGH_FOR_ERROR_RATE = 20;

function trafficOf(samples: readonly Sample[]): readonly TrafficObservation[] {
  return samples.flatMap(({ traffic }) => (traffic === null ? [] : [traffic]));
}

function total(traffics: readonly TrafficObservation[], of: (traffic: TrafficObservation) => number): number {
  return traffics.reduce((sum, traffic) => sum + of(traffic), 0);
}

function judgedBy(value: number, count: number, enough: number): Reading {
  const thin = count < enough ? `${count} of the ${enough} requests it takes to judge` : null;
  return { kind: 'value', value, thin };
}

/** A percentile of all requests of the window, in ms. 0 when there were none: nobody waited. */
export const responseTime: Metric = {
  unit: 'ms',
  response: 'unknown',
  read(evidence: Evidence, query: MetricQuery, newest: Sample): Reading {
    if (newest.traffic === null) return missing(NO_TRAFFIC_FIGURES);
    const samples = samplesOfPresentWorkers(evidence, query.windowMs);
    const histogram = mergeLatencies(samples);
    const [quantile, enough] = QUANTILES[query.aggregate === 'mean' ? 'p95' : query.aggregate];
    const latencyMs = latencyAtQuantile(histogram, quantile);
    if (latencyMs !== null) return judgedBy(latencyMs, histogram.total, enough);
    const waiting = total(trafficOf(samples), ({ started }) => started);
    return waiting === 0 ? measured(0) : missing(`${waiting} requests began and none was completed`);
  },
};

/** 5xx among the completed requests of the window, percent. */
export const errorRate: Metric = {
  unit: '%',
  response: 'unknown',
  read(evidence, query, newest) {
    if (newest.traffic === null) return missing(NO_TRAFFIC_FIGURES);
    const traffics = trafficOf(samplesWithin(evidence, query.windowMs));
    const completed = total(traffics, (traffic) => traffic.completed);
    const errors = total(traffics, (traffic) => traffic.errors);
    return judgedBy(completed === 0 ? 0 : (100 * errors) / completed, completed, ENOUGH_FOR_ERROR_RATE);
  },
};

/** Requests started per second and ready worker: a total would not fall, however many workers a rule added. */
export const requestRate: Metric = {
  unit: 'requests/s',
  response: 'inverse',
  read(evidence, query, newest) {
    if (newest.traffic === null) return missing(NO_TRAFFIC_FIGURES);
    if (newest.ready === 0) return missing('no worker is ready');
    const traffics = trafficOf(samplesWithin(evidence, query.windowMs));
    const seconds = total(traffics, ({ intervalMs }) => intervalMs) / 1000;
    if (!(seconds > 0)) return missing('the request figures cover no time');
    return measured(total(traffics, ({ started }) => started) / seconds / newest.ready);
  },
};

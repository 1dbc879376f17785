import { LATENCY_BOUNDS_MS } from '../../ipc/latency-buckets.ts';
import type { MetricDefinition, MetricPoint } from './family.ts';
import type { TrafficTotals } from './traffic-totals.ts';

/** Bounds of the exported histogram: a third of those kept, so that a scrape stays small. Each is one of `LATENCY_BOUNDS_MS`. */
export const EXPORTED_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

const DURATION = 'tidegate_http_request_duration_seconds';

export const http: readonly MetricDefinition[] = [
  {
    name: 'tidegate_http_requests_total',
    help: 'Requests completed.',
    type: 'counter',
    labels: ['worker', 'method', 'status_class', 'route_class'],
    merge: 'sum over all processes the slot ever had',
    read: ({ totals }) =>
      totals.slots().flatMap((slot) =>
        totals.requests(slot).map(({ method, statusClass, routeClass, count }) => ({
          labels: { worker: slot, method, status_class: statusClass, route_class: routeClass },
          value: count,
        })),
      ),
  },
  {
    name: 'tidegate_http_requests_aborted_total',
    help: 'Requests ended by the client, or cut, before the response was complete.',
    type: 'counter',
    labels: ['worker'],
    merge: 'sum over all processes the slot ever had',
    read: ({ totals }) =>
      totals.slots().map((slot) => ({ labels: { worker: slot }, value: totals.counter(slot, 'requestsAborted') })),
  },
  {
    name: DURATION,
    help: 'Time from the start of a request to its finished response.',
    type: 'histogram',
    labels: [],
    merge: 'bucket counts added over all workers there ever were',
    read: ({ totals }) => durationPoints(totals.traffic),
  },
];

/** Cumulative counts, exact: every exported bound is a bound of the histogram that workers keep. */
function durationPoints({ latencyCounts, latencySumMs }: TrafficTotals): readonly MetricPoint[] {
  const points: MetricPoint[] = [];
  let below = 0;
  latencyCounts.forEach((count, bucket) => {
    below += count;
    const boundMs = LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY;
    if (EXPORTED_BOUNDS_MS.includes(boundMs)) {
      points.push({ metricName: `${DURATION}_bucket`, labels: { le: boundMs / 1000 }, value: below });
    }
  });
  return [
    ...points,
    { metricName: `${DURATION}_bucket`, labels: { le: '+Inf' }, value: below },
    { metricName: `${DURATION}_sum`, value: latencySumMs / 1000 },
    { metricName: `${DURATION}_count`, value: below },
  ];
}

import { LATENCY_BOUNDS_MS } from '../../ipc/latency-buckets.ts';
import type { MetricDefinition, MetricPoint } from './family.ts';
import type { TrafficTotals } from './traffic-totals.ts';

/** Bounds of the exported histogram: a third of those kept, so that a scrape stays small. Each is one of `LATENCY_BOUNDS_MS`. */
export const EXPORTED_BOUNDS_MS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000,
];

const DURATION = 'tidegate_http_request_duration_seconds';
const ROUTE_DURATION = 'tidegate_http_route_duration_seconds';

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
    read: ({ totals }) => durationPoints(DURATION, totals.traffic),
  },
  {
    name: ROUTE_DURATION,
    help: 'The same for each route class, where ROUTE_CLASSES names some.',
    type: 'histogram',
    labels: ['route_class'],
    merge: 'bucket counts added over all workers there ever were',
    read: ({ totals }) =>
      [...totals.routes].flatMap(([name, traffic]) => durationPoints(ROUTE_DURATION, traffic, { route_class: name })),
  },
  {
    name: 'tidegate_errors_total',
    help: 'What went wrong, by type.',
    type: 'counter',
    labels: ['type'],
    merge: 'sum over all workers there ever were',
    read: ({ totals, restarts, drains }) => {
      const requests = totals.slots().flatMap((slot) => totals.requests(slot));
      const ofClass = (statusClass: string): number =>
        requests.reduce((sum, row) => sum + (row.statusClass === statusClass ? row.count : 0), 0);
      const types = {
        client_error: ofClass('4xx'),
        server_error: ofClass('5xx'),
        aborted: totals.traffic.aborted,
        worker_exit: restarts.totals().reduce((sum, [, count]) => sum + count, 0),
        connection_cut: drains.connections().cut,
      };
      return Object.entries(types).map(([type, value]) => ({ labels: { type }, value }));
    },
  },
];

/** Cumulative counts, exact: every exported bound is a bound of the histogram that workers keep. */
function durationPoints(
  name: string,
  { latencyCounts, latencySumMs }: Pick<TrafficTotals, 'latencyCounts' | 'latencySumMs'>,
  labels: Readonly<Record<string, string>> = {},
): readonly MetricPoint[] {
  const points: MetricPoint[] = [];
  let below = 0;
  latencyCounts.forEach((count, bucket) => {
    below += count;
    const boundMs = LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY;
    if (EXPORTED_BOUNDS_MS.includes(boundMs)) {
      points.push({ metricName: `${name}_bucket`, labels: { ...labels, le: boundMs / 1000 }, value: below });
    }
  });
  return [
    ...points,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: below },
    { metricName: `${name}_sum`, labels, value: latencySumMs / 1000 },
    { metricName: `${name}_count`, labels, value: below },
  ];
}

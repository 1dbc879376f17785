// @ts-check
import { BY, lines, stat } from './panel.mjs';

const requests = `rate(tidegate_http_requests_total{${BY}}[$__rate_interval])`;
const failed = `rate(tidegate_http_requests_total{${BY},status_class="5xx"}[$__rate_interval])`;
const buckets = `sum by (le) (rate(tidegate_http_request_duration_seconds_bucket{${BY}}[$__rate_interval]))`;

/** @type {import('./panel.mjs').Dashboard} */
export const overview = {
  uid: 'tidegate-overview',
  title: 'Tidegate: overview',
  about: 'How the service does: requests, errors, latency, connections, health, and the machines below.',
  metric: 'tidegate_scaling_ready',
  rows: [
    {
      title: 'Now',
      panels: [
        stat('Requests', 'reqps', 'Completed requests a second.', `sum(${requests})`),
        stat(
          '5xx',
          'percentunit',
          'Share of requests that fail on our side.',
          `(sum(${failed}) or vector(0)) / sum(${requests})`,
          {
            thresholds: [
              [0.01, 'orange'],
              [0.05, 'red'],
            ],
          },
        ),
        stat('p95', 's', '95 % of requests are answered within this time.', `histogram_quantile(0.95, ${buckets})`, {
          thresholds: [
            [0.25, 'orange'],
            [0.5, 'red'],
          ],
        }),
        stat('Workers ready', 'none', 'Over all instances.', `sum(tidegate_scaling_ready{${BY}})`),
        stat(
          'Workers missing',
          'none',
          'Wanted and not ready.',
          `sum(tidegate_scaling_desired{${BY}}) - sum(tidegate_scaling_ready{${BY}})`,
          {
            thresholds: [[1, 'orange']],
          },
        ),
        stat('Instances up', 'none', 'That Prometheus can scrape.', `sum(up{${BY}})`),
      ],
    },
    {
      title: 'Requests',
      panels: [
        lines('Requests by status', 'reqps', 'Completed, by class of status.', [
          [`sum by (status_class) (${requests})`, '{{status_class}}'],
        ]),
        lines('Latency', 's', 'From the start of a request to its finished response.', [
          [`histogram_quantile(0.5, ${buckets})`, 'p50'],
          [`histogram_quantile(0.95, ${buckets})`, 'p95'],
          [`histogram_quantile(0.99, ${buckets})`, 'p99'],
        ]),
        lines('Requests by instance', 'reqps', 'Even when the balancer before them is.', [
          [`sum by (instance) (${requests})`, '{{instance}}'],
        ]),
        lines('Requests by route', 'reqps', 'Classes from ROUTE_CLASSES.', [
          [`sum by (route_class) (${requests})`, '{{route_class}}'],
        ]),
        {
          title: 'Latency, all of it',
          type: 'heatmap',
          unit: 's',
          about: 'Requests by how long they took.',
          queries: [
            {
              expr: `sum by (le) (increase(tidegate_http_request_duration_seconds_bucket{${BY}}[$__rate_interval]))`,
              legend: '{{le}}',
            },
          ],
        },
        lines('Not finished', 'short', 'In flight, and ended by clients or cut.', [
          [`sum(tidegate_http_requests_in_flight{${BY}})`, 'in flight'],
          [`sum(rate(tidegate_http_requests_aborted_total{${BY}}[$__rate_interval]))`, 'aborted a second'],
        ]),
      ],
    },
    {
      title: 'Connections and health',
      panels: [
        lines('Open connections', 'short', 'Of clients, WebSockets among them.', [
          [`sum(tidegate_connections{${BY}})`, 'all'],
          [`sum(tidegate_websockets{${BY}})`, 'WebSockets'],
        ]),
        lines('Health probes', 'none', '0 ok, 1 warning, 2 critical, -1 unknown.', [
          [`max by (probe) (tidegate_health_status{${BY}})`, '{{probe}}'],
        ]),
      ],
    },
    {
      title: 'Machines',
      panels: [
        lines('CPU', 'percentunit', 'Of the cores or the quota.', [
          [`tidegate_host_cpu_utilization_ratio{${BY}}`, '{{instance}}'],
        ]),
        lines('Memory in use', 'percentunit', 'Of the machine or the limit.', [
          [`1 - tidegate_host_memory_available_bytes{${BY}} / tidegate_host_memory_size_bytes{${BY}}`, '{{instance}}'],
        ]),
        lines('Disk in use', 'percentunit', 'Of the file system of the working directory.', [
          [`1 - tidegate_host_disk_available_bytes{${BY}} / tidegate_host_disk_size_bytes{${BY}}`, '{{instance}}'],
        ]),
        lines('The runtime itself', 'bytes', 'Resident memory of each primary.', [
          [`tidegate_process_resident_memory_bytes{${BY}}`, '{{instance}}'],
        ]),
      ],
    },
  ],
};

// @ts-check
import { BY, lines, stat } from './panel.mjs';

const HA = 'job="haproxy"';

/** @type {import('./panel.mjs').Dashboard} */
export const balancer = {
  uid: 'tidegate-balancer',
  title: 'Tidegate: balancer',
  about: 'Between the workers of an instance, and before the instances.',
  metric: 'tidegate_connections',
  rows: [
    {
      title: 'Between workers',
      panels: [
        lines('Connections', 'short', 'Open, of each worker.', [
          [`tidegate_connections{${BY}}`, '{{instance}} {{worker}}'],
        ]),
        lines('Requests', 'reqps', 'Completed, of each worker.', [
          [
            `sum by (instance, worker) (rate(tidegate_http_requests_total{${BY}}[$__rate_interval]))`,
            '{{instance}} {{worker}}',
          ],
        ]),
        lines('New connections', 'short', 'That came to workers, a second.', [
          [`sum by (instance) (rate(tidegate_connections_accepted_total{${BY}}[$__rate_interval]))`, '{{instance}}'],
        ]),
        lines('Moved connections', 'short', 'Into workers, a second.', [
          [
            `sum by (instance) (rate(tidegate_connections_moved_total{${BY},direction="in"}[$__rate_interval]))`,
            '{{instance}}',
          ],
        ]),
        lines('Circuit breakers', 'none', '0 closed, 1 half-open, 2 open.', [
          [`max by (name) (tidegate_breaker_state{${BY}})`, '{{name}}'],
        ]),
      ],
    },
    {
      title: 'Before the instances',
      panels: [
        stat('Servers', 'none', 'That HAProxy sends requests to.', `max(haproxy_backend_active_servers{${HA}})`, {
          needs: 'haproxy',
        }),
        stat(
          'Sessions in use',
          'percentunit',
          'Of the limit, the fullest frontend.',
          `max(haproxy_frontend_current_sessions{${HA}} / (haproxy_frontend_limit_sessions{${HA}} > 0))`,
          {
            needs: 'haproxy',
            thresholds: [
              [0.7, 'orange'],
              [0.85, 'red'],
            ],
          },
        ),
        lines(
          'Requests by status',
          'reqps',
          'Answered to clients.',
          [
            [
              `sum by (proxy, code) (rate(haproxy_frontend_http_responses_total{${HA}}[$__rate_interval]))`,
              '{{proxy}} {{code}}',
            ],
          ],
          { needs: 'haproxy' },
        ),
        lines(
          'Requests by server',
          'short',
          'Requests and sessions that each server was given, a second.',
          [[`sum by (server) (rate(haproxy_server_loadbalanced_total{${HA}}[$__rate_interval]))`, '{{server}}']],
          { needs: 'haproxy' },
        ),
        lines(
          'Waiting',
          'short',
          'Requests without a server.',
          [[`max by (proxy) (haproxy_backend_current_queue{${HA}})`, '{{proxy}}']],
          { needs: 'haproxy' },
        ),
        lines(
          'Second attempts',
          'short',
          'Connections tried again, and requests sent to another server, a second.',
          [
            [`sum by (proxy) (rate(haproxy_backend_retry_warnings_total{${HA}}[$__rate_interval]))`, '{{proxy}} again'],
            [
              `sum by (proxy) (rate(haproxy_backend_redispatch_warnings_total{${HA}}[$__rate_interval]))`,
              '{{proxy}} elsewhere',
            ],
          ],
          { needs: 'haproxy' },
        ),
        lines(
          'Traffic',
          'Bps',
          'From and to clients.',
          [
            [`sum(rate(haproxy_frontend_bytes_in_total{${HA}}[$__rate_interval]))`, 'in'],
            [`sum(rate(haproxy_frontend_bytes_out_total{${HA}}[$__rate_interval]))`, 'out'],
          ],
          { needs: 'haproxy' },
        ),
      ],
    },
  ],
};

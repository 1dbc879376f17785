// @ts-check
import { BY, lines, stat } from './panel.mjs';

/** The scaler of a stack is a job of its own. */
const SCALER = 'job="tidegate-scaler"';

/** @type {import('./panel.mjs').Dashboard} */
export const scaling = {
  uid: 'tidegate-scaling',
  title: 'Tidegate: scaling',
  about: 'What the scaler wants, why, and what it goes by.',
  metric: 'tidegate_worker_elu',
  rows: [
    {
      title: 'Decisions',
      panels: [
        lines('Workers', 'none', 'Wanted and ready, for each instance.', [
          [`tidegate_scaling_desired{${BY}}`, '{{instance}} wanted'],
          [`tidegate_scaling_ready{${BY}}`, '{{instance}} ready'],
        ]),
        lines('Decisions', 'short', 'By what was done and why; the words are those of the log.', [
          [
            `sum by (action, reason) (increase(tidegate_scaling_decisions_total{${BY}}[$__rate_interval]))`,
            '{{action}}: {{reason}}',
          ],
        ]),
        lines('Held back', 'short', 'Times a limit, a guard or a brake changed the number.', [
          [`sum by (reason) (increase(tidegate_scaling_blocked_total{${BY}}[$__rate_interval]))`, '{{reason}}'],
        ]),
        lines('Replaced workers', 'short', 'That ended by themselves.', [
          [`sum by (instance) (increase(tidegate_worker_restarts_total{${BY}}[$__rate_interval]))`, '{{instance}}'],
        ]),
      ],
    },
    {
      title: 'What it goes by',
      panels: [
        lines('Event-loop utilization', 'percentunit', 'Of each worker; 1 is a loop that is never idle.', [
          [`tidegate_worker_elu{${BY}}`, '{{instance}} {{worker}}'],
        ]),
        lines('CPU', 'percentunit', 'Of each worker; 1 is one core.', [
          [`tidegate_worker_cpu_utilization{${BY}}`, '{{instance}} {{worker}}'],
        ]),
        lines(
          'Waiting for a core',
          'percentunit',
          'Share of time a worker could have run and did not: more workers make this worse.',
          [[`tidegate_worker_run_delay_ratio{${BY}}`, '{{instance}} {{worker}}']],
        ),
        lines('Event-loop delay', 's', '99th percentile of the last second.', [
          [`tidegate_worker_loop_delay_seconds{${BY}}`, '{{instance}} {{worker}}'],
        ]),
        lines('Memory', 'bytes', 'Resident, of each worker.', [
          [`tidegate_worker_rss_bytes{${BY}}`, '{{instance}} {{worker}}'],
        ]),
        lines('Heap', 'bytes', 'In use, of each worker.', [
          [`tidegate_worker_heap_used_bytes{${BY}}`, '{{instance}} {{worker}}'],
        ]),
      ],
    },
    {
      title: 'Leaving',
      panels: [
        lines('Drains', 'short', 'Workers told to leave, by reason.', [
          [`sum by (reason) (increase(tidegate_drains_total{${BY}}[$__rate_interval]))`, '{{reason}}'],
        ]),
        lines('Connections of drained workers', 'short', 'Where they ended; cut is what must not be.', [
          [`sum by (outcome) (increase(tidegate_drained_connections_total{${BY}}[$__rate_interval]))`, '{{outcome}}'],
        ]),
      ],
    },
    {
      title: 'The stack',
      panels: [
        stat('Leaders', 'none', 'Scalers that decide: exactly one.', `sum(tidegate_stack_leader{${SCALER}})`, {
          needs: 'scaler',
          thresholds: [[2, 'red']],
        }),
        stat('Containers wanted', 'none', 'By the scaler of the stack.', `max(tidegate_scaling_desired{${SCALER}})`, {
          needs: 'scaler',
        }),
        stat(
          'Fleet in use',
          'percentunit',
          'Slots that are leased.',
          `max(tidegate_capacity_utilization_ratio{${SCALER}})`,
          {
            needs: 'leases',
            thresholds: [
              [0.85, 'orange'],
              [1, 'red'],
            ],
          },
        ),
        lines(
          'Containers',
          'none',
          'By phase.',
          [[`max by (phase) (tidegate_stack_instances{${SCALER}})`, '{{phase}}']],
          { needs: 'scaler' },
        ),
        lines(
          'Decisions of the stack',
          'short',
          'By what was done and why; over all scalers, of which one decides.',
          [
            [
              `sum by (action, reason) (increase(tidegate_scaling_decisions_total{${SCALER}}[$__rate_interval]))`,
              '{{action}}: {{reason}}',
            ],
          ],
          { needs: 'scaler' },
        ),
      ],
    },
  ],
};

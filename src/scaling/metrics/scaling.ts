import { type MetricDefinition, single } from './family.ts';

export const scaling: readonly MetricDefinition[] = [
  {
    name: 'tidegate_scaling_desired',
    help: 'Workers wanted.',
    type: 'gauge',
    labels: [],
    merge: 'of the cluster',
    read: ({ status }) => single(status.desired),
  },
  {
    name: 'tidegate_scaling_ready',
    help: 'Workers ready for work.',
    type: 'gauge',
    labels: [],
    merge: 'of the cluster',
    read: ({ status }) => single(status.ready),
  },
  {
    name: 'tidegate_scaling_need',
    help: 'Workers that the load needs by the demand model, limits and guards aside.',
    type: 'gauge',
    labels: [],
    merge: 'of the cluster',
    read: ({ scaling: counts }) => single(counts.need),
  },
  {
    name: 'tidegate_scaling_offered_load_erlangs',
    help: 'Event loops that the load keeps busy, the forecast and what waits included.',
    type: 'gauge',
    labels: [],
    merge: 'of the cluster',
    read: ({ scaling: counts }) => single(counts.offeredLoadErlangs),
  },
  {
    name: 'tidegate_scaling_decisions_total',
    help: 'Decisions of the auto-scaler, by what was done and why.',
    type: 'counter',
    labels: ['action', 'reason'],
    merge: 'of the cluster',
    read: ({ scaling: counts }) =>
      counts.decisions().map(({ action, reason, count }) => ({ labels: { action, reason }, value: count })),
  },
  {
    name: 'tidegate_scaling_blocked_total',
    help: 'Times a limit, guard or brake changed the number that was decided, by its reason code.',
    type: 'counter',
    labels: ['reason'],
    merge: 'of the cluster',
    read: ({ scaling: counts }) => [...counts.blocked()].map(([reason, value]) => ({ labels: { reason }, value })),
  },
];

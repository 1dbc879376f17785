import { DRAIN_OUTCOMES, type DrainOutcome } from './drain-ledger.ts';
import type { MetricDefinition } from './family.ts';

export const drains: readonly MetricDefinition[] = [
  {
    name: 'tidegate_drains_total',
    help: 'Workers drained, by why they were told to leave.',
    type: 'counter',
    labels: ['reason'],
    merge: 'sum over all receipts',
    read: ({ drains: ledger }) => [...ledger.drains()].map(([reason, value]) => ({ labels: { reason }, value })),
  },
  {
    name: 'tidegate_drained_connections_total',
    help: 'Connections of drained workers, by where they ended.',
    type: 'counter',
    labels: ['outcome'],
    merge: 'sum over all receipts',
    read: ({ drains: ledger }) =>
      (Object.keys(DRAIN_OUTCOMES) as DrainOutcome[]).map((outcome) => ({
        labels: { outcome: DRAIN_OUTCOMES[outcome] },
        value: ledger.connections()[outcome],
      })),
  },
];

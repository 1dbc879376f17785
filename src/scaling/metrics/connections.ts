import type { MetricDefinition } from './family.ts';
import { perSlot } from './slot-figures.ts';

export const connections: readonly MetricDefinition[] = [
  {
    name: 'tidegate_connections',
    help: 'Open client connections, WebSockets among them.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status }) => perSlot(status, 'sum', (sample) => sample?.connections),
  },
  {
    name: 'tidegate_websockets',
    help: 'Open WebSocket connections.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status }) => perSlot(status, 'sum', (sample) => sample?.websockets),
  },
  {
    name: 'tidegate_http_requests_in_flight',
    help: 'Requests started and not finished.',
    type: 'gauge',
    labels: ['worker'],
    merge: 'sum over the processes of the slot',
    read: ({ status }) => perSlot(status, 'sum', (sample) => sample?.inFlight),
  },
  {
    name: 'tidegate_connections_accepted_total',
    help: 'Client connections that came to the worker: accepted, handed over, or moved in from another.',
    type: 'counter',
    labels: ['worker'],
    merge: 'sum over all processes the slot ever had',
    read: ({ totals }) =>
      totals.slots().map((slot) => ({ labels: { worker: slot }, value: totals.counter(slot, 'connectionsAccepted') })),
  },
  {
    name: 'tidegate_connections_moved_total',
    help: 'Keep-alive connections moved between workers: into this one, or out of it.',
    type: 'counter',
    labels: ['worker', 'direction'],
    merge: 'sum over all processes the slot ever had',
    read: ({ totals }) =>
      totals.slots().flatMap((slot) => [
        { labels: { worker: slot, direction: 'in' }, value: totals.counter(slot, 'connectionsMovedIn') },
        { labels: { worker: slot, direction: 'out' }, value: totals.counter(slot, 'connectionsMovedOut') },
      ]),
  },
];

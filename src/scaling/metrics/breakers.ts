import type { BreakerFigures, MetricDefinition } from './family.ts';

const STATE_VALUES: Readonly<Record<BreakerFigures['state'], number>> = { closed: 0, 'half-open': 1, open: 2 };

export const breakers: readonly MetricDefinition[] = [
  {
    name: 'tidegate_breaker_state',
    help: 'State of a circuit breaker: 0 closed, 1 half-open, 2 open.',
    type: 'gauge',
    labels: ['name'],
    merge: 'of the cluster',
    read: ({ breakers: all, meters }) => [
      ...all.map(({ name, state }) => ({ labels: { name }, value: STATE_VALUES[state] })),
      ...meters.points('breaker_state'),
    ],
  },
];

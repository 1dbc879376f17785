import type { MetricDefinition } from './family.ts';

export const build: readonly MetricDefinition[] = [
  {
    name: 'tidegate_build_info',
    help: 'Always 1; the labels tell what is running.',
    type: 'gauge',
    labels: ['version', 'node'],
    merge: 'the primary alone',
    read: ({ build: { version, node } }) => [{ labels: { version, node }, value: 1 }],
  },
];

import type { HealthLevel } from '../health/probe-state.ts';
import type { MetricDefinition } from './family.ts';

const LEVEL_VALUES: Readonly<Record<HealthLevel, number>> = { unknown: -1, ok: 0, warning: 1, critical: 2 };

export const health: readonly MetricDefinition[] = [
  {
    name: 'tidegate_health_status',
    help: 'Level of a health probe: 0 ok, 1 warning, 2 critical, -1 unknown.',
    type: 'gauge',
    labels: ['probe'],
    merge: 'of the cluster',
    read: ({ probes }) => [...probes].map(([probe, level]) => ({ labels: { probe }, value: LEVEL_VALUES[level] })),
  },
];

import { build } from '../metrics/build.ts';
import type { MetricDefinition } from '../metrics/family.ts';
import { ownProcess } from '../metrics/process.ts';
import { scaling } from '../metrics/scaling.ts';
import type { StackStatus } from './stack-view.ts';

/** What the families below read from. */
export interface StackFigures {
  readonly leads: boolean;
  readonly status: StackStatus;
  /** Leased slots of the fleet, 0..1; null: unknown, or none are offered. */
  readonly capacityUtilization: number | null;
  /** Failed attempts to see or change the target. */
  readonly targetFailures: number;
}

const PHASES = ['starting', 'running', 'draining'] as const;

/**
 * The metrics of a scaler. What instances tell of their requests is not told again here: they are scraped themselves, and sums would
 * count it twice.
 */
export function stackMetrics(figures: () => StackFigures): readonly MetricDefinition[] {
  return [
    {
      name: 'tidegate_stack_leader',
      help: '1 for the scaler that decides, 0 for one that waits.',
      type: 'gauge',
      labels: [],
      merge: 'of this scaler; the sum over all is 1',
      read: () => [{ value: figures().leads ? 1 : 0 }],
    },
    {
      name: 'tidegate_stack_instances',
      help: 'Instances of the stack, by phase.',
      type: 'gauge',
      labels: ['phase'],
      merge: 'of the stack',
      read: () => {
        const { instances } = figures().status;
        return PHASES.map((phase) => ({
          labels: { phase },
          value: instances.filter((instance) => instance.phase === phase).length,
        }));
      },
    },
    {
      name: 'tidegate_capacity_utilization_ratio',
      help: 'Slots of the fleet that are leased or in use, 0 to 1.',
      type: 'gauge',
      labels: [],
      merge: 'of the fleet',
      read: () => {
        const { capacityUtilization } = figures();
        return capacityUtilization === null ? [] : [{ value: capacityUtilization }];
      },
    },
    {
      name: 'tidegate_stack_target_failures_total',
      help: 'Attempts to see or change the instances that failed.',
      type: 'counter',
      labels: [],
      merge: 'of this scaler',
      read: () => [{ value: figures().targetFailures }],
    },
    ...scaling,
    ...ownProcess,
    ...build,
  ];
}

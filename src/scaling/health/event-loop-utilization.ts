import type { Probe } from './probe.ts';
import { freshFigures } from './ready-workers.ts';

/** Is an event loop out of time? A warning only: a full loop is work for the auto-scaler, and no failure while the delay is small. */
export const eventLoopUtilization: Probe = {
  spec: {
    name: 'event-loop-utilization',
    unit: 'ratio',
    worseWhen: 'above',
    warning: { set: 0.95, clear: 0.85, rise: 10 },
    fall: 5,
    unknownAfter: 5,
  },
  measure: ({ observation }) => {
    const utilizations = freshFigures(observation).map(({ elu }) => elu);
    if (utilizations.length === 0) return { value: undefined, sentence: 'no ready worker tells its utilization' };
    const busiest = Math.max(...utilizations);
    return { value: busiest, sentence: `the busiest event loop is active ${Math.round(busiest * 100)} % of the time` };
  },
};

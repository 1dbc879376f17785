import type { Probe } from './probe.ts';
import { freshFigures } from './ready-workers.ts';

/**
 * Do workers wait for cores? Mean run delay, with the limits of the auto-scaler's cpu guard: above 0.25 it adds no worker,
 * above 0.5 it releases some. Utilization alone would not do: a machine at 100 % on which nobody waits is well used.
 */
export const cpu: Probe = {
  spec: {
    name: 'cpu',
    unit: 'ratio',
    worseWhen: 'above',
    warning: { set: 0.25, clear: 0.15, rise: 5 },
    critical: { set: 0.5, clear: 0.35, rise: 5 },
    fall: 5,
    unknownAfter: 5,
  },
  measure: ({ observation }) => {
    const delays = freshFigures(observation)
      .map(({ runDelay }) => runDelay)
      .filter((runDelay) => runDelay !== null);
    if (delays.length === 0) return { value: undefined, sentence: 'no worker tells how long it waits for a core' };
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
    return { value: mean, sentence: `workers wait for a core ${Math.round(mean * 100)} % of the time` };
  },
};

import type { Probe } from './probe.ts';
import { freshFigures } from './ready-workers.ts';

/** Do requests wait for an event loop? The worst worker counts: its clients feel it, whatever the mean is. */
export const eventLoop: Probe = {
  spec: {
    name: 'event-loop',
    unit: 'ms',
    worseWhen: 'above',
    warning: { set: 100, clear: 70, rise: 5 },
    critical: { set: 500, clear: 350, rise: 5 },
    fall: 5,
    unknownAfter: 5,
  },
  measure: ({ observation }) => {
    const delays = freshFigures(observation).map(({ loopDelayP99Ms }) => loopDelayP99Ms);
    if (delays.length === 0) return { value: undefined, sentence: 'no ready worker tells its event-loop delay' };
    const worstMs = Math.max(...delays);
    return { value: worstMs, sentence: `the slowest event loop is ${Math.round(worstMs)} ms late (99th percentile)` };
  },
};

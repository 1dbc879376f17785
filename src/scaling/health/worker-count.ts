import type { Probe } from './probe.ts';

/** Growing by a worker takes its start time, 15 s with a heavy app; only what lasts longer is worth a word. */
const LONGER_THAN_A_START_MS = 15_000;

/** Are as many workers ready as are wanted? */
export const workerCount: Probe = {
  spec: {
    name: 'workers',
    unit: 'ratio',
    worseWhen: 'below',
    warning: { set: 0.99, clear: 1, rise: 3, forMs: LONGER_THAN_A_START_MS },
    critical: { set: 0.5, clear: 0.75, rise: 3, forMs: LONGER_THAN_A_START_MS },
    fall: 2,
    unknownAfter: 1,
  },
  measure: ({ cluster: { ready, desired }, everReady }) => {
    if (!everReady) return { value: undefined, sentence: `0 of ${desired} workers are ready; the first is starting` };
    const sentence = `${ready} of ${desired} workers are ready`;
    return { value: desired === 0 ? 1 : ready / desired, sentence };
  },
};

import type { Probe } from './probe.ts';

/** Do workers fail to start? */
export const crashLoop: Probe = {
  spec: {
    name: 'crash-loop',
    unit: '0 none, 1 failed starts, 2 growth frozen',
    worseWhen: 'above',
    warning: { set: 1, clear: 0, rise: 1 },
    critical: { set: 2, clear: 1, rise: 1 },
    fall: 1,
    unknownAfter: 1,
  },
  measure: ({ cluster: { crashLoop: state } }) => {
    const starts = state.failedStarts === 1 ? '1 start failed' : `${state.failedStarts} starts failed`;
    if (state.frozen) {
      return { value: 2, sentence: `${starts} lately; there is no growth above ${state.lastHealthyCount} workers` };
    }
    if (state.failedStarts > 0) return { value: 1, sentence: `${starts} lately` };
    return { value: 0, sentence: 'no start failed lately' };
  },
};

import type { Probe } from './probe.ts';

/** How much of the machine's memory, or of the cgroup's limit, is used? At 100 % the kernel ends a process. */
export const memory: Probe = {
  spec: {
    name: 'memory',
    unit: 'ratio',
    worseWhen: 'above',
    warning: { set: 0.85, clear: 0.8, rise: 3 },
    critical: { set: 0.95, clear: 0.9, rise: 3 },
    fall: 3,
    unknownAfter: 3,
  },
  measure: ({ observation: { machine } }) => {
    const { totalMemoryBytes, availableMemoryBytes } = machine;
    if (availableMemoryBytes === null || totalMemoryBytes <= 0) {
      return { value: undefined, sentence: 'the available memory is unknown' };
    }
    const used = 1 - availableMemoryBytes / totalMemoryBytes;
    return { value: used, sentence: `${Math.round(used * 100)} % of the memory is used` };
  },
};

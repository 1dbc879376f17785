import type { Probe } from './probe.ts';

/** Are there upstreams that the balancer keeps requests from? All of them failing is an outage, whatever the breakers then do. */
export const upstreams: Probe = {
  spec: {
    name: 'upstreams',
    unit: 'ratio of those that are open',
    worseWhen: 'above',
    warning: { set: 0.01, clear: 0, rise: 1 },
    critical: { set: 0.51, clear: 0.5, rise: 1 },
    fall: 2,
    unknownAfter: 1,
  },
  measure: ({ upstreams: all }) => {
    if (all.length === 0) return { value: undefined, sentence: 'the balancer has no upstream' };
    const open = all.filter(({ state }) => state === 'open').map(({ name }) => name);
    const sentence =
      open.length === 0
        ? 'no breaker is open'
        : `the breaker is open of ${open.join(', ')} (${open.length} of ${all.length})`;
    return { value: open.length / all.length, sentence };
  },
};

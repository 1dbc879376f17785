import type { Probe } from './probe.ts';
import { FRESH_WITHIN_MS, silences } from './ready-workers.ts';

/** While figures are missing the auto-scaler never shrinks; after this time somebody should know. */
const REPORTED_AFTER_MS = 300_000;

/** Has a figure that decisions need been missing for 5 minutes? */
export const metricsMissing: Probe = {
  spec: {
    name: 'metrics-missing',
    unit: 'sources',
    worseWhen: 'above',
    warning: { set: 1, clear: 0, rise: 1, forMs: REPORTED_AFTER_MS },
    fall: 1,
    unknownAfter: 1,
  },
  measure: ({ observation }) => {
    const missing = silences(observation)
      .filter(({ silentMs }) => silentMs > FRESH_WITHIN_MS)
      .map(({ id }) => `worker ${id}`);
    if (observation.machine.availableMemoryBytes === null) missing.push('the available memory');
    if (observation.machine.cpuUtilization === null) missing.push('the CPU utilization');
    const sentence = missing.length === 0 ? 'all figures are there' : `figures are missing of ${missing.join(', ')}`;
    return { value: missing.length, sentence };
  },
};

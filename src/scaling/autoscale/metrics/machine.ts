import { mean, samplesWithin } from '../evidence.ts';
import { type Metric, measured, missing } from './metric.ts';

/** Memory in use, percent of the machine's or the cgroup's, whichever is tighter. More workers raise it. */
export const memory: Metric = {
  unit: '%',
  response: 'unknown',
  read(evidence, query, newest) {
    if (newest.memoryUsed === null) return missing('the available memory is unknown');
    const used = samplesWithin(evidence, query.windowMs).flatMap((sample) => sample.memoryUsed ?? []);
    return measured(100 * (mean(used) ?? newest.memoryUsed));
  },
};

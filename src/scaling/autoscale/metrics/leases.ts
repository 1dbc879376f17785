import { mean, samplesWithin } from '../evidence.ts';
import type { Sample } from '../series.ts';
import { type Metric, measured } from './metric.ts';

function leased(of: (sample: Sample) => number | null): Metric {
  return {
    unit: '%',
    response: 'unknown',
    read(evidence, query, newest) {
      const latest = of(newest);
      if (latest === null) return { kind: 'unused', why: 'no leases are in use' };
      const used = samplesWithin(evidence, query.windowMs).flatMap((sample) => of(sample) ?? []);
      return measured(100 * (mean(used) ?? latest));
    },
  };
}

/** Slots leased, percent of all slots. */
export const capacity = leased((sample) => sample.capacityUtilization);
/** Bandwidth leased, percent of the whole. */
export const bandwidth = leased((sample) => sample.bandwidthUtilization);

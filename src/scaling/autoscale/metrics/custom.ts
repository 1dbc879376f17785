import { mean, samplesWithin } from '../evidence.ts';
import type { Sample } from '../series.ts';
import { type Metric, measured, missing } from './metric.ts';

/** The prefix of a rule's metric that names a gauge of the app. */
export const CUSTOM_PREFIX = 'custom:';

/** A gauge that the app registered: its mean over the window. */
export const custom: Metric = {
  unit: '',
  response: 'unknown',
  read(evidence, query, newest) {
    const gauge = query.metric.slice(CUSTOM_PREFIX.length);
    const latest = gaugeOf(newest, gauge);
    if (latest === null) return missing(`the app reports no gauge "${gauge}"`);
    const values = samplesWithin(evidence, query.windowMs).flatMap((sample) => gaugeOf(sample, gauge) ?? []);
    return measured(mean(values) ?? latest);
  },
};

function gaugeOf(sample: Sample, gauge: string): number | null {
  const value = Object.hasOwn(sample.custom, gauge) ? sample.custom[gauge] : undefined;
  return value !== undefined && Number.isFinite(value) ? value : null;
}

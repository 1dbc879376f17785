import type { Family } from './controller.ts';
import { fixed } from './fixed.ts';
import { hpa } from './hpa.ts';
import { keda } from './keda.ts';
import { knative } from './knative.ts';
import { pm2Autoscale } from './pm2-autoscale.ts';
import { thresholdRules } from './threshold-rules.ts';
import { uwsgi } from './uwsgi.ts';
import { watt } from './watt.ts';

/** What Tidegate is compared with, in the order of reports. The goal is judged against all that scale. */
export const BASELINES: readonly Family[] = [hpa, keda, knative, uwsgi, watt, pm2Autoscale, thresholdRules, fixed];

export function familyNamed(name: string): Family | undefined {
  return BASELINES.find((family) => family.name === name);
}

/** `targetPercent 70, downWindowS 300`. */
export function describeSetting(setting: Readonly<Record<string, number | string>>): string {
  return Object.entries(setting)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

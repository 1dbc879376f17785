/** GET /metrics/history. */
import { z } from 'zod';
import { parseDurationMs } from '../../../../config/duration.ts';
import { route } from '../route.ts';
import { DISABLED_VIEW, type DisabledFeature, disabledAnswer } from './disabled.ts';

const FEATURE: DisabledFeature = {
  feature: 'history',
  tag: 'metrics',
  detail: () => 'HISTORY_ENABLED is false: figures of the past are not kept',
};

const TIME_ALLOWED = 'a time such as 2026-01-31T08:00:00Z, milliseconds since 1970, or a time ago such as -1h';
const timeError = { error: () => TIME_ALLOWED };
const time = z
  .string(timeError)
  .max(40, timeError)
  .refine((text) => timeMs(text, 0) !== undefined, timeError);

const STEP_ALLOWED = 'a duration such as 1s, 10s, 1m or 1h';
const stepError = { error: () => STEP_ALLOWED };
const step = z
  .string(stepError)
  .max(20, stepError)
  .refine((text) => stepMs(text) !== undefined, stepError);

const SERIES_ALLOWED = 'names separated by commas, * for any characters, at most 500 characters';
const seriesError = { error: () => SERIES_ALLOWED };

const query = z.strictObject(
  {
    from: time.describe('Without it an hour before `to`.').optional(),
    to: time.describe('Without it now.').optional(),
    step: step.describe('Without it as fine as fits into some 700 points.').optional(),
    series: z
      .string(seriesError)
      .regex(/^[\w.*,]{1,500}$/, seriesError)
      .describe('Without it all figures of the whole; `worker.*` those of the slots.')
      .optional(),
  },
  { error: () => 'from, to, step and series' },
);

const HOUR_MS = 3_600_000;
const USUAL_POINTS = 720;

export const historyRoutes = [
  route({
    method: 'GET',
    path: '/metrics/history',
    access: 'viewer',
    tag: 'metrics',
    summary: 'Figures of the past: one value per step, null where nothing is known',
    query,
    answers: { 200: `The series, ${DISABLED_VIEW}` },
    handle: ({ services, query: asked, nowMs }) => {
      if (services.history === undefined) return disabledAnswer(FEATURE, services);
      const now = nowMs();
      const toMs = timeMs(asked.to ?? '', now) ?? now;
      const fromMs = Math.min(toMs, timeMs(asked.from ?? '', now) ?? toMs - HOUR_MS);
      const fine = asked.step === undefined ? (toMs - fromMs) / USUAL_POINTS : (stepMs(asked.step) as number);
      return { body: services.history.query({ fromMs, toMs, stepMs: fine }, asked.series?.split(',')) };
    },
  }),
];

function timeMs(text: string, nowMs: number): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (text.startsWith('-')) {
    const ago = stepMs(text.slice(1));
    return ago === undefined ? undefined : nowMs - ago;
  }
  const parsed = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

function stepMs(text: string): number | undefined {
  try {
    return parseDurationMs(text);
  } catch {
    return undefined;
  }
}

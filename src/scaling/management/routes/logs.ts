/** GET /logs. */
import { z } from 'zod';
import { route } from '../route.ts';

const DEFAULT_LINES = 100;
const MAX_LINES = 10_000;
const linesError = { error: () => `a whole number from 1 to ${MAX_LINES}` };
const sourceError = { error: () => 'tidegate, or w and the id of a worker (w3)' };

const logQuery = z.strictObject({
  lines: z
    .string(linesError)
    .regex(/^\d{1,5}$/, linesError)
    .refine((text) => Number(text) >= 1 && Number(text) <= MAX_LINES, linesError)
    .optional()
    .describe(`How many of the last lines; ${DEFAULT_LINES} if absent.`),
  source: z
    .string(sourceError)
    .regex(/^(tidegate|w\d{1,15})$/, sourceError)
    .optional()
    .describe('Only the lines of tidegate itself, or of one worker (w3).'),
});

export const logRoutes = [
  route({
    method: 'GET',
    path: '/logs',
    // Not viewer: an app's output may hold what its operators alone should read.
    access: 'operator',
    tag: 'logs',
    summary: 'The last lines that the workers and the runtime wrote',
    query: logQuery,
    answers: { 200: 'The lines, the oldest first' },
    handle: ({ services, query }) => {
      const lines = query.lines === undefined ? DEFAULT_LINES : Number(query.lines);
      const { source } = query;
      return { body: { lines: services.cluster.logs(source === undefined ? { lines } : { lines, source }) } };
    },
  }),
];

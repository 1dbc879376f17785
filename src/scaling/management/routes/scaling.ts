/** GET /scaling/status, /scaling/decisions/:id; POST /scaling/manual, /scaling/pause, /scaling/resume. */
import { z } from 'zod';
import { HOLD_ALLOWED, parseHoldMs } from '../../../../config/duration.ts';
import { ProblemError } from '../problem.ts';
import { NO_FIELDS, REASON, refuseWhileStopping, route } from '../route.ts';
import type { ManagementServices } from '../services.ts';

/** As many as MAX_INSTANCES can be; what this cluster allows within that is for the scaler to say. */
const MAX_WORKERS = 1_000;
const INSTANCES_ALLOWED = `a whole number from 1 to ${MAX_WORKERS}`;
const instancesError = { error: () => INSTANCES_ALLOWED };
const holdError = { error: () => HOLD_ALLOWED };

const hold = z
  .union([z.string(), z.number()], holdError)
  .refine(isHold, holdError)
  .describe(`How long: ${HOLD_ALLOWED}. Without it MANUAL_PIN_MS holds.`);

const manualBody = z.strictObject(
  {
    instances: z
      .int(instancesError)
      .min(1, instancesError)
      .max(MAX_WORKERS, instancesError)
      .describe('Workers wanted.'),
    reason: REASON.optional(),
    for: hold.optional(),
    force: z
      .boolean({ error: () => 'true or false' })
      .optional()
      .describe('true lifts the guards that protect memory.'),
  },
  { error: () => 'a JSON object with instances' },
);

const pauseBody = z.strictObject({ reason: REASON.optional() }, { error: () => 'a JSON object' });

const idError = { error: () => 'last, or the number of a decision' };
const decisionParams = z.strictObject({ id: z.string(idError).regex(/^(last|\d{1,15})$/, idError) });

export const scalingRoutes = [
  route({
    method: 'GET',
    path: '/scaling/status',
    access: 'viewer',
    tag: 'scaling',
    summary: 'Desired count, limits, pin, rules with their cooldowns, and the last decisions with their reasons',
    answers: { 200: 'The status' },
    handle: ({ services }) => ({ body: services.scaler.status() }),
  }),
  route({
    method: 'POST',
    path: '/scaling/manual',
    access: 'operator',
    tag: 'scaling',
    summary: 'Sets the number of workers by hand, for a time',
    body: manualBody,
    answers: { 202: 'The decision', 409: 'A guard forbids it; the code says which', 422: 'Outside of the limits' },
    handle: ({ services, body, caller, audit }) => {
      refuseWhileStopping(services);
      const request = {
        instances: body.instances,
        reason: body.reason ?? '',
        forMs: body.for === undefined ? services.config.manualPinMs : parseHoldMs(body.for),
        force: body.force ?? false,
      };
      const before = scalingState(services);
      const outcome = services.scaler.pin({ ...request, by: caller.who });
      if ('refused' in outcome) throw new ProblemError(outcome.status, outcome.code, outcome.message);
      audit('scaling.manual', before, request);
      return { status: 202, body: outcome };
    },
  }),
  route({
    method: 'POST',
    path: '/scaling/pause',
    access: 'operator',
    tag: 'scaling',
    summary: 'Stops automatic scaling until resume',
    body: pauseBody,
    answers: { 200: 'The scaling status, paused', 409: 'STOPPING' },
    handle: ({ services, body, caller, audit }) => {
      refuseWhileStopping(services);
      const before = scalingState(services);
      const reason = body.reason ?? '';
      services.scaler.pause(caller.who, reason);
      audit('scaling.pause', before, { paused: true, reason });
      return { body: services.scaler.status() };
    },
  }),
  route({
    method: 'POST',
    path: '/scaling/resume',
    access: 'operator',
    tag: 'scaling',
    summary: 'Ends a pause and a manual scaling',
    body: NO_FIELDS,
    answers: { 200: 'The scaling status', 409: 'STOPPING' },
    handle: ({ services, caller, audit }) => {
      refuseWhileStopping(services);
      const before = scalingState(services);
      services.scaler.resume(caller.who);
      audit('scaling.resume', before, scalingState(services));
      return { body: services.scaler.status() };
    },
  }),
  route({
    method: 'GET',
    path: '/scaling/decisions/:id',
    access: 'viewer',
    tag: 'scaling',
    summary: 'One decision in full, and explained; id is a number or last',
    params: decisionParams,
    answers: { 200: 'The record and its explanation', 404: 'DECISION_NOT_FOUND: none yet, or no longer kept' },
    handle: ({ services, params: { id } }) => {
      const decision = services.scaler.decision(id === 'last' ? 'last' : Number(id));
      if (decision !== undefined) return { body: decision };
      const detail = id === 'last' ? 'There is no decision yet' : `There is no decision ${id}, or it is no longer kept`;
      throw new ProblemError(404, 'DECISION_NOT_FOUND', detail);
    },
  }),
];

/** For the audit log: what a manual scaling, a pause or a resume changes. */
function scalingState({ cluster, scaler }: ManagementServices): object {
  const { pin = null, paused = null } = scaler.status() as { pin?: unknown; paused?: unknown };
  return { desired: cluster.status().desired, pin, paused };
}

function isHold(value: string | number): boolean {
  try {
    parseHoldMs(value);
    return true;
  } catch {
    return false;
  }
}

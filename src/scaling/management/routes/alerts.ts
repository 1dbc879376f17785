/** GET /alerts; POST /alerts/test, /alerts/silences; DELETE /alerts/silences/:id. */
import { z } from 'zod';
import { HOLD_ALLOWED, parseHoldMs } from '../../../../config/duration.ts';
import { TooManySilencesError } from '../../alerts/silences.ts';
import { ProblemError } from '../problem.ts';
import { REASON, route } from '../route.ts';
import type { AlertControl, ManagementServices } from '../services.ts';
import { DISABLED_CHANGE, DISABLED_VIEW, type DisabledFeature, disabledAnswer, refuseDisabled } from './disabled.ts';

const FEATURE: DisabledFeature = {
  feature: 'alerts',
  tag: 'alerts',
  detail: () => 'There are no alerts here: this control API belongs to a process that watches no workers',
};

const CHANNEL_ALLOWED = 'the name of a channel, such as webhook, slack, discord or email';
const channelError = { error: () => CHANNEL_ALLOWED };
const testBody = z.strictObject(
  { channel: z.string(channelError).max(40, channelError).describe('Only this one; without it all.').optional() },
  { error: () => 'a JSON object with channel, or an empty one' },
);

const KEY_ALLOWED = 'an alert’s key such as health/memory, * standing for any characters, at most 200';
const keyError = { error: () => KEY_ALLOWED };
const timeError = { error: () => `${HOLD_ALLOWED}; a silence can not hold for ever` };
const silenceBody = z.strictObject(
  {
    key: z
      .string(keyError)
      .regex(/^[\w./*: -]{1,200}$/, keyError)
      .describe('Which alerts; * stands for any characters.'),
    for: z.union([z.string(), z.number()], timeError).refine(isTime, timeError).describe('How long: 30m, 2h, 1d.'),
    reason: REASON.optional(),
  },
  { error: () => 'a JSON object with key and for' },
);

const silenceParams = z.strictObject({ id: z.string() });

export const alertRoutes = [
  route({
    method: 'GET',
    path: '/alerts',
    access: 'viewer',
    tag: 'alerts',
    summary: 'Alerts that fire, the latest news, silences, and what became of each channel’s notifications',
    answers: { 200: `The alerts, ${DISABLED_VIEW}` },
    handle: ({ services }) =>
      services.alerts === undefined ? disabledAnswer(FEATURE, services) : { body: services.alerts.report() },
  }),
  route({
    method: 'POST',
    path: '/alerts/test',
    access: 'operator',
    tag: 'alerts',
    summary: 'Sends a test alert to one channel, or to all, and tells what became of it',
    body: testBody,
    answers: { 200: 'What became of it, by channel', 404: 'NO_SUCH_CHANNEL', 409: DISABLED_CHANGE },
    handle: async ({ services, body, audit }) => {
      const alerts = alertsOf(services);
      const known = alerts.report().channels.map(({ name }) => name);
      if (body.channel !== undefined && !known.includes(body.channel)) {
        const detail = `There is no channel ${JSON.stringify(body.channel)}; configured are: ${known.join(', ') || 'none'}`;
        throw new ProblemError(404, 'NO_SUCH_CHANNEL', detail);
      }
      const results = await alerts.test(body.channel);
      audit('alerts.test', null, results);
      return { body: { results } };
    },
  }),
  route({
    method: 'POST',
    path: '/alerts/silences',
    access: 'operator',
    tag: 'alerts',
    summary: 'Keeps channels from telling of some alerts, for a time',
    body: silenceBody,
    answers: { 201: 'The silence', 409: `TOO_MANY_SILENCES, or ${DISABLED_CHANGE}` },
    handle: ({ services, body, caller, audit }) => {
      const alerts = alertsOf(services);
      const forMs = parseHoldMs(body.for) as number;
      try {
        const silence = alerts.silence({ key: body.key, reason: body.reason ?? '', by: caller.who, forMs });
        audit('alerts.silence', null, silence);
        return { status: 201, body: silence };
      } catch (error) {
        if (error instanceof TooManySilencesError) throw new ProblemError(409, error.code, error.message);
        throw error;
      }
    },
  }),
  route({
    method: 'DELETE',
    path: '/alerts/silences/:id',
    access: 'operator',
    tag: 'alerts',
    summary: 'Ends a silence early',
    params: silenceParams,
    answers: { 200: 'The silence that ended', 404: 'SILENCE_NOT_FOUND', 409: DISABLED_CHANGE },
    handle: ({ services, params: { id }, audit }) => {
      const ended = alertsOf(services).endSilence(id);
      if (ended === undefined) {
        throw new ProblemError(404, 'SILENCE_NOT_FOUND', `There is no silence ${id}, or it is over`);
      }
      audit('alerts.unsilence', ended, null);
      return { body: ended };
    },
  }),
];

function alertsOf(services: ManagementServices): AlertControl {
  return services.alerts ?? refuseDisabled(FEATURE, services);
}

function isTime(value: string | number): boolean {
  try {
    return parseHoldMs(value) !== null;
  } catch {
    return false;
  }
}

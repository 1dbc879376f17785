/** POST /api/v1/instances, …/:id/{connect,heartbeat,disconnect}; GET …/:id. */
import { z } from 'zod';
import type { LeaseView } from '../../fleet/lease-record.ts';
import { ID_ALLOWED, ID_PATTERN } from '../../fleet/server.ts';
import { MAX_FIGURE } from '../../fleet/settings.ts';
import { MAX_LEASE_SLOTS } from '../../fleet/wish.ts';
import { askFleet } from '../fleet-problem.ts';
import { ProblemError } from '../problem.ts';
import { NO_FIELDS, type Route, route } from '../route.ts';
import type { LeaseControl } from '../services.ts';
import { DISABLED_CHANGE, DISABLED_VIEW, type DisabledFeature, disabledAnswer, refuseDisabled } from './disabled.ts';

const leases: DisabledFeature = {
  feature: 'instances',
  tag: 'instances',
  detail: () => 'This runtime has no capacity leases: none can be created or kept',
};

const idError = { error: () => ID_ALLOWED };
const id = z.string(idError).regex(ID_PATTERN, idError);

function text(max: number): z.ZodString {
  const error = { error: () => `a text of 1 to ${max} characters` };
  return z.string(error).min(1, error).max(max, error);
}

function whole(max: number): z.ZodInt {
  const error = { error: () => `a whole number from 1 to ${max}` };
  return z.int(error).min(1, error).max(max, error);
}

const leaseBody = z.strictObject(
  {
    id: id
      .optional()
      .describe('Makes the request safe to repeat: the same id gets the same lease. Without it an id is made.'),
    owner: text(128).describe('Whose quota it counts against.'),
    slots: whole(MAX_LEASE_SLOTS).optional().describe('1 without it.'),
    bandwidthMbps: whole(MAX_FIGURE)
      .optional()
      .describe('For all slots together. Without it the limit per slot, or else a fair share of the server.'),
    location: text(256).optional().describe('Only a server of this location will do.'),
  },
  { error: () => 'a JSON object with owner' },
);

const leaseParams = z.strictObject({ id });
const ENDED = 'LEASE_ENDED, LEASE_NOT_GRANTED, LEASE_PENDING: where it stands; the detail says what is allowed there';

/** For the audit log. */
function summary({ id: leaseId, owner, status, slots, server }: LeaseView): object {
  return { id: leaseId, owner, status, slots, server: server?.serverId ?? null };
}

function change(name: 'connect' | 'heartbeat' | 'disconnect', sentence: string, refusals: string): Route {
  return route({
    method: 'POST',
    path: `/api/v1/instances/:id/${name}`,
    access: 'token',
    tag: leases.tag,
    summary: sentence,
    params: leaseParams,
    body: NO_FIELDS,
    answers: {
      200: 'The lease',
      404: 'LEASE_NOT_FOUND: there is none, or it ended too long ago',
      409: `${refusals}. ${DISABLED_CHANGE}`,
      503: 'The code of the shared state: it does not answer',
    },
    handle: async ({ services, params, audit }) => {
      const control: LeaseControl | undefined = services.leases;
      if (control === undefined) return refuseDisabled(leases, services);
      const lease = await askFleet(() => control[name](params.id));
      // A heartbeat changes nothing but the time.
      if (name !== 'heartbeat') audit(`lease.${name}`, null, summary(lease));
      return { body: lease };
    },
  });
}

export const instanceRoutes = [
  route({
    method: 'POST',
    path: '/api/v1/instances',
    access: 'token',
    tag: leases.tag,
    summary: 'Creates a capacity lease on the server that is used least',
    body: leaseBody,
    answers: {
      200: 'The lease, as an earlier request of this id made it',
      201: 'The lease, granted: connect it before it expires',
      409: `NO_CAPACITY: all that may be leased is leased. LEASE_EXISTS, LEASE_ENDED, LEASE_PENDING: the id is taken, used up, or being granted. ${DISABLED_CHANGE}`,
      422: 'BANDWIDTH_TOO_HIGH: more than a slot may have',
      429: 'QUOTA_EXCEEDED: the owner holds as many slots as one may',
      503: 'CAPACITY_UNKNOWN: no server tells how much it can take. Or the code of the shared state: it does not answer; repeat with the same id',
    },
    handle: async ({ services, body, audit }) => {
      const control = services.leases;
      if (control === undefined) return refuseDisabled(leases, services);
      const { created, lease } = await askFleet(() => control.create(body));
      if (created) audit('lease.create', null, summary(lease));
      return { status: created ? 201 : 200, body: lease };
    },
  }),
  change('connect', 'A lease comes into use', ENDED),
  change('heartbeat', 'A lease stays in use', `LEASE_NOT_CONNECTED: connect it first. ${ENDED}`),
  change('disconnect', 'A lease ends, and its slots are free', ENDED),
  route({
    method: 'GET',
    path: '/api/v1/instances/:id',
    access: 'token',
    tag: leases.tag,
    summary: 'A lease and its status history',
    params: leaseParams,
    answers: { 200: `The lease, ${DISABLED_VIEW}`, 404: 'LEASE_NOT_FOUND: there is none, or it ended too long ago' },
    handle: async ({ services, params }) => {
      const control = services.leases;
      if (control === undefined) return disabledAnswer(leases, services);
      const lease = await askFleet(() => control.get(params.id));
      if (lease !== undefined) return { body: lease };
      throw new ProblemError(404, 'LEASE_NOT_FOUND', `There is no lease ${JSON.stringify(params.id)}`);
    },
  }),
];

/** GET /api/v1/admin/fleet-stats; GET, POST, DELETE /api/v1/admin/servers[/:id]. */
import { z } from 'zod';
import type { ServerView } from '../../fleet/fleet-stats.ts';
import { type FleetServer, ID_ALLOWED, ID_PATTERN } from '../../fleet/server.ts';
import { MAX_FIGURE, MAX_TTL_MS, MIN_TTL_MS } from '../../fleet/settings.ts';
import { askFleet } from '../fleet-problem.ts';
import { ProblemError } from '../problem.ts';
import { route } from '../route.ts';
import { DISABLED_CHANGE, DISABLED_VIEW, type DisabledFeature, disabledAnswer, refuseDisabled } from './disabled.ts';

const fleet: DisabledFeature = {
  feature: 'fleet',
  tag: 'fleet',
  detail: () => 'This runtime has no fleet registry: it runs the workers of one machine',
};

const idError = { error: () => ID_ALLOWED };
const id = z.string(idError).regex(ID_PATTERN, idError);
const hostError = { error: () => 'a host name or an address' };
const locationError = { error: () => 'a text of at most 256 characters' };

function whole(from: number, to: number): z.ZodInt {
  const error = { error: () => `a whole number from ${from} to ${to}` };
  return z.int(error).min(from, error).max(to, error);
}

const serverBody = z.strictObject(
  {
    id: id.describe('Registering an id again is its heartbeat.'),
    host: z.string(hostError).regex(/^[^\s/]{1,256}$/, hostError),
    port: whole(1, 65_535),
    location: z.string(locationError).max(256, locationError).describe('Zone, region or place.'),
    maxBandwidthMbps: whole(0, MAX_FIGURE).describe('Mbit/s that may be leased there.'),
    maxConcurrentTunnels: whole(0, MAX_FIGURE).describe('Slots that may be leased there.'),
    load: whole(0, MAX_FIGURE)
      .optional()
      .describe('Slots in use there beside the leased ones, which are counted here.'),
    ttlMs: whole(MIN_TTL_MS, MAX_TTL_MS)
      .optional()
      .describe('The server is gone when nobody registers it again within this time; without it FLEET_TTL_MS.'),
  },
  { error: () => 'a JSON object' },
);

const serverParams = z.strictObject({ id });

/** By the names that a registration has. */
function bodyOf<S extends FleetServer | ServerView>({ maxSlots, ...rest }: S): object {
  return { ...rest, maxConcurrentTunnels: maxSlots };
}

const notFound = (serverId: string): ProblemError =>
  new ProblemError(404, 'SERVER_NOT_FOUND', `There is no server ${JSON.stringify(serverId)}`);

export const fleetRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/admin/fleet-stats',
    access: 'admin',
    tag: fleet.tag,
    summary: 'Servers, capacity and load of the fleet',
    answers: { 200: `serverCount, totalCapacity, totalLoad, utilizationPercent and servers, ${DISABLED_VIEW}` },
    handle: async ({ services }) => {
      const control = services.fleet;
      if (control === undefined) return disabledAnswer(fleet, services);
      const stats = await askFleet(() => control.getFleetStats());
      return { body: { ...stats, servers: stats.servers.map(bodyOf) } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/admin/servers',
    access: 'admin',
    tag: fleet.tag,
    summary: 'The servers of the fleet',
    answers: { 200: `The servers, ${DISABLED_VIEW}` },
    handle: async ({ services }) => {
      const control = services.fleet;
      if (control === undefined) return disabledAnswer(fleet, services);
      const { servers } = await askFleet(() => control.getFleetStats());
      return { body: { servers: servers.map(bodyOf) } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/admin/servers',
    access: 'admin',
    tag: fleet.tag,
    summary: 'Registers a server by hand, or keeps it registered',
    body: serverBody,
    answers: {
      200: 'The server, whose time began anew',
      201: 'The server, registered',
      409: `SERVER_REGISTERS_ITSELF: its own heartbeats say what it is. ${DISABLED_CHANGE}`,
      503: 'The code of the shared state: it does not answer',
    },
    handle: async ({ services, body, audit }) => {
      const control = services.fleet;
      if (control === undefined) return refuseDisabled(fleet, services);
      const { maxConcurrentTunnels, load = null, ttlMs, ...rest } = body;
      const description = { ...rest, maxSlots: maxConcurrentTunnels, load, version: '' };
      const request = ttlMs === undefined ? description : { ...description, ttlMs };
      const { created, server } = await askFleet(() => control.registerServer(request));
      // A heartbeat every few seconds is no change worth an entry.
      if (created) audit('fleet.register', null, body);
      return { status: created ? 201 : 200, body: bodyOf(server) };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/admin/servers/:id',
    access: 'admin',
    tag: fleet.tag,
    summary: 'One server of the fleet',
    params: serverParams,
    answers: { 200: `The server, ${DISABLED_VIEW}`, 404: 'SERVER_NOT_FOUND' },
    handle: async ({ services, params }) => {
      const control = services.fleet;
      if (control === undefined) return disabledAnswer(fleet, services);
      const server = await askFleet(() => control.getServer(params.id));
      if (server === undefined) throw notFound(params.id);
      return { body: bodyOf(server) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/admin/servers/:id',
    access: 'admin',
    tag: fleet.tag,
    summary: 'Removes a server that was registered by hand; its leases last until they end by themselves',
    params: serverParams,
    answers: {
      200: 'The server that was removed',
      404: 'SERVER_NOT_FOUND',
      409: `SERVER_REGISTERS_ITSELF: it would be back with its next heartbeat. ${DISABLED_CHANGE}`,
    },
    handle: async ({ services, params, audit }) => {
      const control = services.fleet;
      if (control === undefined) return refuseDisabled(fleet, services);
      const server = bodyOf(await askFleet(() => control.removeServer(params.id)));
      audit('fleet.remove', server, null);
      return { body: server };
    },
  }),
];

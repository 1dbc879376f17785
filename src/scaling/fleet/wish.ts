/** A request for a lease, checked. */
import { isText, isWhole, refuse } from './arguments.ts';
import type { Wish } from './placement.ts';
import { ID_ALLOWED, ID_PATTERN } from './server.ts';
import { MAX_FIGURE } from './settings.ts';

export interface LeaseRequest {
  /** Makes the request safe to repeat; without it the lease gets an id of its own. */
  readonly id?: string | undefined;
  /** Whose quota it counts against: 1 to 128 characters. */
  readonly owner: string;
  /** 1 without it. */
  readonly slots?: number | undefined;
  /** For all slots together, in Mbit/s; what is usual without it. */
  readonly bandwidthMbps?: number | undefined;
  /** Only a server of this location will do. */
  readonly location?: string | undefined;
}

export const MAX_LEASE_SLOTS = 10_000;

/** @throws FleetError FLEET_BAD_ARGUMENT that names the field */
export function wishOf({ id, owner, slots = 1, bandwidthMbps, location }: LeaseRequest): Wish {
  if (id !== undefined && !(typeof id === 'string' && ID_PATTERN.test(id))) refuse('id', id, ID_ALLOWED);
  if (!isText(owner, [1, 128])) refuse('owner', owner, 'a text of 1 to 128 characters');
  if (!isWhole(slots, [1, MAX_LEASE_SLOTS])) refuse('slots', slots, `a whole number from 1 to ${MAX_LEASE_SLOTS}`);
  if (bandwidthMbps !== undefined && !isWhole(bandwidthMbps, [1, MAX_FIGURE])) {
    refuse('bandwidthMbps', bandwidthMbps, `a whole number from 1 to ${MAX_FIGURE}`);
  }
  if (location !== undefined && !isText(location, [1, 256]))
    refuse('location', location, 'a text of 1 to 256 characters');
  return { owner, slots, bandwidthMbps: bandwidthMbps ?? null, location: location ?? null };
}

/** Whether a repeated request is the same one. */
export function sameWish(one: Wish, other: Wish): boolean {
  const names = ['owner', 'slots', 'bandwidthMbps', 'location'] as const;
  return names.every((name) => one[name] === other[name]);
}

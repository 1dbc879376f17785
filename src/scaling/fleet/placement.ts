/** Where a lease may go. Pure: it proposes, the reservation decides. */
import type { Amount } from '../state/shared-state.ts';
import {
  AMOUNT,
  type FleetSnapshot,
  figuresOf,
  isKnown,
  roomOf,
  type ServerFigures,
  share,
  usualBandwidthMbps,
  utilizationOf,
  wholeOf,
} from './figures.ts';
import type { FleetServer } from './server.ts';
import type { CapacityLimits } from './settings.ts';

/** What somebody wants. */
export interface Wish {
  readonly owner: string;
  /** From 1. */
  readonly slots: number;
  /** For all slots together; null: what is usual. */
  readonly bandwidthMbps: number | null;
  /** Only a server of this location will do; null: any. */
  readonly location: string | null;
}

/** A server that has room, and what a lease there takes. */
export interface Candidate {
  readonly server: FleetServer;
  readonly bandwidthMbps: number;
  readonly amounts: readonly Amount[];
}

export type RefusalCode = 'CAPACITY_UNKNOWN' | 'NO_CAPACITY' | 'QUOTA_EXCEEDED' | 'BANDWIDTH_TOO_HIGH';

export interface Refusal {
  readonly code: RefusalCode;
  /** A sentence: what was wanted, and what there is. */
  readonly message: string;
}

/** Candidates are the better the earlier they stand. */
export type Placement =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export function place(snapshot: FleetSnapshot, limits: CapacityLimits, wish: Wish): Placement {
  const all = snapshot.servers.map((server) => figuresOf(server, snapshot, limits));
  const whole = wholeOf(all, limits);
  const near = all.filter(({ server }) => wish.location === null || server.location === wish.location);
  const refusal =
    overAsked(limits, wish) ??
    overQuota(snapshot, limits, wish) ??
    (near.some((figures) => isKnown(figures, needOf(figures, limits, wish))) ? undefined : unknown(near.length, wish));
  if (refusal !== undefined) return { kind: 'refused', refusal };

  const leasable = Math.max(0, whole.usableSlots - whole.foreignSlots);
  const leased = snapshot.used[AMOUNT.total] ?? 0;
  if (leased + wish.slots > leasable) {
    const message = `${wish.slots} slots wanted, free are ${Math.max(0, leasable - leased)} of ${whole.totalSlots} (${limits.reservedPercent} % reserved)`;
    return { kind: 'refused', refusal: { code: 'NO_CAPACITY', message } };
  }
  const candidates = near
    .filter((figures) => fits(figures, limits, wish))
    .sort(byUtilization)
    .map((figures) => candidate(figures, limits, wish, leasable));
  if (candidates.length > 0) return { kind: 'candidates', candidates };
  return { kind: 'refused', refusal: noRoom(wish) };
}

/** What is left to say when all candidates were taken meanwhile, or there were none. */
export function noRoom({ slots, bandwidthMbps, location }: Wish): Refusal {
  const where = location === null ? '' : ` in ${JSON.stringify(location)}`;
  const speed = bandwidthMbps === null ? '' : ` and ${bandwidthMbps} Mbit/s`;
  return { code: 'NO_CAPACITY', message: `No server${where} has room for ${slots} slots${speed}` };
}

/** Makes a refused reservation a refusal; undefined: another server may still have room. */
export function refusalOf(name: string, used: number, max: number, wish: Wish): Refusal | undefined {
  if (name === AMOUNT.owner(wish.owner)) return quota(used, max, wish);
  if (name !== AMOUNT.total) return undefined;
  return { code: 'NO_CAPACITY', message: `${wish.slots} slots wanted, free are ${Math.max(0, max - used)} of all` };
}

/** Of the servers with room for a slot, in the location or anywhere, the one that is used least; of equals the first by id. */
export function bestServer(
  snapshot: FleetSnapshot,
  limits: CapacityLimits,
  location: string | null,
): FleetServer | undefined {
  const [best] = snapshot.servers
    .filter((server) => location === null || server.location === location)
    .map((server) => figuresOf(server, snapshot, limits))
    .filter((figures) => roomOf(figures, limits) > 0)
    .sort(byUtilization);
  return best?.server;
}

function byUtilization(one: ServerFigures, other: ServerFigures): number {
  const difference = (utilizationOf(one) ?? 1) - (utilizationOf(other) ?? 1);
  if (difference !== 0) return difference;
  return one.server.id < other.server.id ? -1 : 1;
}

function needOf(figures: ServerFigures, limits: CapacityLimits, { slots, bandwidthMbps }: Wish): number {
  return bandwidthMbps ?? usualBandwidthMbps(figures, limits, slots);
}

function fits(figures: ServerFigures, limits: CapacityLimits, wish: Wish): boolean {
  const needMbps = needOf(figures, limits, wish);
  if (!isKnown(figures, needMbps) || figures.usedSlots + wish.slots > (figures.slots ?? 0)) return false;
  return needMbps === 0 || figures.leasedBandwidthMbps + needMbps <= (figures.bandwidthMbps ?? 0);
}

function candidate(figures: ServerFigures, limits: CapacityLimits, wish: Wish, leasable: number): Candidate {
  const { server, slots, foreignSlots } = figures;
  const bandwidthMbps = needOf(figures, limits, wish);
  const maxima = {
    owner: limits.slotsPerOwner ?? Number.MAX_SAFE_INTEGER,
    total: leasable,
    slots: Math.max(0, (slots ?? 0) - foreignSlots),
    bandwidthMbps: figures.bandwidthMbps ?? 0,
  };
  return { server, bandwidthMbps, amounts: amountsOf(wish.owner, server.id, wish.slots, bandwidthMbps, maxima) };
}

/** What a lease takes; without `maxima` it is taken whatever the limits, as for a lease that was granted long ago. */
export function amountsOf(
  owner: string,
  serverId: string,
  slots: number,
  bandwidthMbps: number,
  maxima?: { readonly owner: number; readonly total: number; readonly slots: number; readonly bandwidthMbps: number },
): readonly Amount[] {
  const any = Number.MAX_SAFE_INTEGER;
  const amounts = [
    { name: AMOUNT.owner(owner), by: slots, max: maxima?.owner ?? any },
    { name: AMOUNT.total, by: slots, max: maxima?.total ?? any },
    { name: AMOUNT.server(serverId), by: slots, max: maxima?.slots ?? any },
  ];
  if (bandwidthMbps === 0) return amounts;
  return [...amounts, { name: AMOUNT.bandwidth(serverId), by: bandwidthMbps, max: maxima?.bandwidthMbps ?? any }];
}

function overAsked({ bandwidthPerSlotMbps }: CapacityLimits, { slots, bandwidthMbps }: Wish): Refusal | undefined {
  if (bandwidthPerSlotMbps === null || bandwidthMbps === null) return undefined;
  // By a share, not by a product, so that 1 slot of 10 and 3 slots of 30 Mbit/s are judged alike.
  if (share(bandwidthMbps, slots) <= bandwidthPerSlotMbps) return undefined;
  const message = `${bandwidthMbps} Mbit/s wanted for ${slots} slots, allowed are ${bandwidthPerSlotMbps} for each`;
  return { code: 'BANDWIDTH_TOO_HIGH', message };
}

function overQuota({ used }: FleetSnapshot, { slotsPerOwner }: CapacityLimits, wish: Wish): Refusal | undefined {
  const held = used[AMOUNT.owner(wish.owner)] ?? 0;
  if (slotsPerOwner === null || held + wish.slots <= slotsPerOwner) return undefined;
  return quota(held, slotsPerOwner, wish);
}

function quota(held: number, max: number, { owner, slots }: Wish): Refusal {
  const message = `${slots} slots wanted by ${JSON.stringify(owner)}, who holds ${held} of ${max} allowed`;
  return { code: 'QUOTA_EXCEEDED', message };
}

function unknown(servers: number, { location }: Wish): Refusal {
  const where = location === null ? '' : ` in ${JSON.stringify(location)}`;
  const message =
    servers === 0
      ? `No server${where} is registered at the moment`
      : `None of ${servers} servers${where} tells how much it can take`;
  return { code: 'CAPACITY_UNKNOWN', message };
}

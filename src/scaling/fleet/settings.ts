/** Limits and times of a fleet. A limit that is null is not set; a server's own figure that is null is *unknown*, which is something else. */
import { isWhole, refuse } from './arguments.ts';

/** What may be leased. All are whole numbers. */
export interface CapacityLimits {
  /** Slots of the whole fleet, however many servers there are; null: the sum of its servers. */
  readonly totalSlots: number | null;
  /** 0 to 100: how much of the whole is never leased. It is rounded up, so that 10 % of 5 slots keep one back. */
  readonly reservedPercent: number;
  /** No server is given more slots, whatever it says of itself; null: as many as it says. */
  readonly slotsPerServer: number | null;
  /** Mbit/s. No lease gets more for each of its slots, and one that names no figure gets this; null: its server's fair share. */
  readonly bandwidthPerSlotMbps: number | null;
  /** Mbit/s. No server is given more, whatever it says of itself; null: as much as it says. */
  readonly bandwidthPerServerMbps: number | null;
  /** Slots one owner may hold at a time; null: no quota. */
  readonly slotsPerOwner: number | null;
}

export interface FleetSettings {
  /** Fleets of different names on one store know nothing of each other. It is the hash tag of all keys. */
  readonly name: string;
  /** A server that was not heard of for this long is gone. It reports itself three times as often. */
  readonly serverTtlMs: number;
  /** A lease whose heartbeat stays away for this long is expired, and its slots are free again. */
  readonly leaseTtlMs: number;
  /** How long an ended lease can still be read. */
  readonly leaseKeepMs: number;
  readonly limits: CapacityLimits;
}

export const DEFAULT_FLEET_SETTINGS: FleetSettings = {
  name: 'fleet',
  serverTtlMs: 60_000,
  leaseTtlMs: 60_000,
  leaseKeepMs: 3_600_000,
  limits: {
    totalSlots: null,
    reservedPercent: 0,
    slotsPerServer: null,
    bandwidthPerSlotMbps: null,
    bandwidthPerServerMbps: null,
    slotsPerOwner: null,
  },
};

/** A TTL below this would take a server that collects garbage for a dead one. */
export const MIN_TTL_MS = 2_000;
export const MAX_TTL_MS = 30 * 86_400_000;
/** Of any figure: sums of a thousand servers stay exact. */
export const MAX_FIGURE = 1_000_000_000;

/** @throws FleetError FLEET_BAD_ARGUMENT that names the setting, what was given and what is allowed */
export function checkSettings(settings: FleetSettings): FleetSettings {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(settings.name)) {
    const allowed = 'a name of up to 64 letters, digits and . _ -, beginning with a letter or digit';
    refuse('name', settings.name, allowed);
  }
  for (const name of ['serverTtlMs', 'leaseTtlMs', 'leaseKeepMs'] as const) {
    demandWhole(name, settings[name], MIN_TTL_MS, MAX_TTL_MS);
  }
  const { reservedPercent, ...limits } = settings.limits;
  demandWhole('limits.reservedPercent', reservedPercent, 0, 100);
  for (const [name, limit] of Object.entries(limits)) {
    if (limit !== null) demandWhole(`limits.${name}`, limit, 1, MAX_FIGURE);
  }
  return settings;
}

function demandWhole(name: string, given: number, from: number, to: number): void {
  if (!isWhole(given, [from, to])) refuse(name, given, `a whole number from ${from} to ${to}`);
}

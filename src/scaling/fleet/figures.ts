/** What a server has, what is taken of it, and what is left, under the limits. Pure. */
import type { FleetServer } from './server.ts';
import type { CapacityLimits } from './settings.ts';

/** The fleet at one moment: its servers, and the amounts that are leased, by name. */
export interface FleetSnapshot {
  readonly servers: readonly FleetServer[];
  readonly used: Readonly<Record<string, number>>;
}

/** Names of the amounts that a lease takes. */
export const AMOUNT = {
  total: 'total',
  owner: (owner: string) => `owner:${owner}`,
  server: (id: string) => `server:${id}`,
  bandwidth: (id: string) => `bandwidth:${id}`,
} as const;

/** One server's figures. Null: unknown. */
export interface ServerFigures {
  readonly server: FleetServer;
  readonly slots: number | null;
  readonly leasedSlots: number;
  /** In use without a lease, as far as the server tells. */
  readonly foreignSlots: number;
  /** Leased or else in use. */
  readonly usedSlots: number;
  readonly bandwidthMbps: number | null;
  readonly leasedBandwidthMbps: number;
}

export function figuresOf(server: FleetServer, { used }: FleetSnapshot, limits: CapacityLimits): ServerFigures {
  const leasedSlots = used[AMOUNT.server(server.id)] ?? 0;
  // Not a part of one sum: a heartbeat is up to a third of a TTL old, and a lease granted since must not seem to be in it already.
  const foreignSlots = server.load ?? 0;
  return {
    server,
    slots: capped(server.maxSlots, limits.slotsPerServer),
    leasedSlots,
    foreignSlots,
    usedSlots: leasedSlots + foreignSlots,
    bandwidthMbps: capped(server.maxBandwidthMbps, limits.bandwidthPerServerMbps),
    leasedBandwidthMbps: used[AMOUNT.bandwidth(server.id)] ?? 0,
  };
}

/** What an unknown figure would be is not for a limit to say. */
function capped(own: number | null, limit: number | null): number | null {
  return own === null || limit === null ? own : Math.min(own, limit);
}

/**
 * The larger of both shares, slots and bandwidth, 0..1 and above when a server holds more than it may: what runs out first decides.
 * (Dominant share, after Ghodsi et al., "Dominant Resource Fairness", NSDI 2011.) Null: unknown.
 */
export function utilizationOf(figures: ServerFigures): number | null {
  if (figures.slots === null) return null;
  const ofSlots = share(figures.usedSlots, figures.slots);
  if (figures.bandwidthMbps === null) return ofSlots;
  return Math.max(ofSlots, share(figures.leasedBandwidthMbps, figures.bandwidthMbps));
}

/** Of nothing, everything is in use. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

/**
 * The bandwidth that `slots` slots get here when nobody names a figure: the limit per slot, else the server's fair share per slot
 * (100 Mbit/s over 30 slots: 3 each, and never less than 1), else 0, because nobody counts bandwidth here.
 */
export function usualBandwidthMbps(
  { slots, bandwidthMbps }: ServerFigures,
  limits: CapacityLimits,
  wanted: number,
): number {
  if (limits.bandwidthPerSlotMbps !== null) return limits.bandwidthPerSlotMbps * wanted;
  if (bandwidthMbps === null || slots === null) return 0;
  return Math.max(1, Math.floor(bandwidthMbps / Math.max(1, slots))) * wanted;
}

/** Whether enough is known of a server to promise `bandwidthMbps` there. */
export function isKnown({ slots, bandwidthMbps }: ServerFigures, wantedMbps: number): boolean {
  return slots !== null && (wantedMbps === 0 || bandwidthMbps !== null);
}

/** How many more slots of the usual bandwidth fit; 0 where something is unknown. */
export function roomOf(figures: ServerFigures, limits: CapacityLimits): number {
  const each = usualBandwidthMbps(figures, limits, 1);
  if (!isKnown(figures, each)) return 0;
  const slots = Math.max(0, (figures.slots ?? 0) - figures.usedSlots);
  if (each === 0) return slots;
  const left = Math.max(0, (figures.bandwidthMbps ?? 0) - figures.leasedBandwidthMbps);
  return Math.min(slots, Math.floor(left / each));
}

/** The slots of the whole fleet that may be leased or in use. */
export interface Whole {
  readonly totalSlots: number;
  /** Without what is reserved. */
  readonly usableSlots: number;
  readonly foreignSlots: number;
}

export function wholeOf(all: readonly ServerFigures[], limits: CapacityLimits): Whole {
  const sum = all.reduce((slots, figures) => slots + (figures.slots ?? 0), 0);
  const totalSlots = Math.min(sum, limits.totalSlots ?? sum);
  return {
    totalSlots,
    usableSlots: Math.floor((totalSlots * (100 - limits.reservedPercent)) / 100),
    // Of those, too, whose size is unknown: what they use is used.
    foreignSlots: all.reduce((slots, { foreignSlots }) => slots + foreignSlots, 0),
  };
}

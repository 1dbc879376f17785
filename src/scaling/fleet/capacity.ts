/** How much may still be leased. Pure. */
import { AMOUNT, type FleetSnapshot, figuresOf, isKnown, roomOf, usualBandwidthMbps, wholeOf } from './figures.ts';
import { percent } from './fleet-stats.ts';
import type { CapacityLimits } from './settings.ts';

export interface Capacity {
  /** A lease of one slot and the usual bandwidth would be granted now. */
  readonly hasCapacity: boolean;
  /** Leased, or in use without a lease. Leases on a server that has gone count until they expire. */
  readonly activeSlots: number;
  /** Of the fleet under its limits, what is reserved included. */
  readonly totalCapacity: number;
  /** What may still be leased. */
  readonly availableSlots: number;
  /** Null: unknown. */
  readonly utilizationPercent: number | null;
  readonly serverCount: number;
  /** Leased bandwidth, 0..1 of that of the servers that tell theirs; null: none does. */
  readonly bandwidthUtilization: number | null;
  /** Why there is none, as a refused lease would say it; null: there is. */
  readonly code: 'CAPACITY_UNKNOWN' | 'NO_CAPACITY' | null;
}

export function capacityOf(snapshot: FleetSnapshot, limits: CapacityLimits): Capacity {
  const all = snapshot.servers.map((server) => figuresOf(server, snapshot, limits));
  const whole = wholeOf(all, limits);
  const activeSlots = (snapshot.used[AMOUNT.total] ?? 0) + whole.foreignSlots;
  const room = all.reduce((slots, figures) => slots + roomOf(figures, limits), 0);
  const availableSlots = Math.max(0, Math.min(whole.usableSlots - activeSlots, room));
  const telling = all.filter(({ bandwidthMbps }) => bandwidthMbps !== null);
  const bandwidthMbps = telling.reduce((sum, figures) => sum + (figures.bandwidthMbps ?? 0), 0);
  const leasedMbps = telling.reduce((sum, { leasedBandwidthMbps }) => sum + leasedBandwidthMbps, 0);
  const known = all.some((figures) => isKnown(figures, usualBandwidthMbps(figures, limits, 1)));
  return {
    hasCapacity: availableSlots > 0,
    activeSlots,
    totalCapacity: whole.totalSlots,
    availableSlots,
    utilizationPercent: whole.totalSlots === 0 ? null : percent(activeSlots / whole.totalSlots),
    serverCount: all.length,
    bandwidthUtilization: bandwidthMbps === 0 ? null : Math.round((leasedMbps / bandwidthMbps) * 10_000) / 10_000,
    code: availableSlots > 0 ? null : known ? 'NO_CAPACITY' : 'CAPACITY_UNKNOWN',
  };
}

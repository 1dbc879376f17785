/** The fleet in figures. Pure. */
import { type FleetSnapshot, figuresOf, type ServerFigures, utilizationOf } from './figures.ts';
import type { FleetServer } from './server.ts';
import type { CapacityLimits } from './settings.ts';

/** A server with what is taken of it. */
export interface ServerView extends FleetServer {
  readonly leasedSlots: number;
  /** Leased or else in use. */
  readonly activeSlots: number;
  readonly leasedBandwidthMbps: number;
  /** Of slots or of bandwidth, whichever is higher; null: unknown. */
  readonly utilizationPercent: number | null;
}

export interface FleetStats {
  readonly serverCount: number;
  /** Slots of the servers that tell how many they have, each under the limit per server. */
  readonly totalCapacity: number;
  /** Slots in use on all servers. */
  readonly totalLoad: number;
  /** Null: nothing is known to be a percentage of. */
  readonly utilizationPercent: number | null;
  readonly servers: readonly ServerView[];
}

export function fleetStats(snapshot: FleetSnapshot, limits: CapacityLimits): FleetStats {
  const all = snapshot.servers.map((server) => figuresOf(server, snapshot, limits));
  const totalCapacity = all.reduce((sum, { slots }) => sum + (slots ?? 0), 0);
  const totalLoad = all.reduce((sum, { usedSlots }) => sum + usedSlots, 0);
  return {
    serverCount: all.length,
    totalCapacity,
    totalLoad,
    utilizationPercent: totalCapacity === 0 ? null : percent(totalLoad / totalCapacity),
    servers: all.map(serverView),
  };
}

export function serverView(figures: ServerFigures): ServerView {
  const { server, leasedSlots, usedSlots, leasedBandwidthMbps } = figures;
  const utilization = utilizationOf(figures);
  return {
    ...server,
    leasedSlots,
    activeSlots: usedSlots,
    leasedBandwidthMbps,
    utilizationPercent: utilization === null ? null : percent(utilization),
  };
}

/** With two decimals. */
export function percent(ratio: number): number {
  return Math.round(ratio * 10_000) / 100;
}

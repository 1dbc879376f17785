/** Fleet registry, capacity and leases: what the runtime and apps use of it. */
import type { SharedState } from '../state/shared-state.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { DEFAULT_FLEET_SETTINGS, type FleetSettings } from './settings.ts';

export type { Announcement, Scheduler } from './announcement.ts';
export type { Capacity } from './capacity.ts';
export { FleetError, type FleetErrorCode } from './errors.ts';
export type { Fleet, FleetOptions, RegistrationRequest } from './fleet.ts';
export type { FleetStats, ServerView } from './fleet-stats.ts';
export type { HistoryEntry, Place, StatusKind } from './lease.ts';
export type { LeaseView } from './lease-record.ts';
export type { Creation, Leases } from './leases.ts';
export type { FleetServer, ServerDescription } from './server.ts';
export { type CapacityLimits, DEFAULT_FLEET_SETTINGS, type FleetSettings } from './settings.ts';
export type { LeaseRequest } from './wish.ts';

/**
 * The fleet that lives on `state`.
 * @throws FleetError FLEET_BAD_ARGUMENT that names the setting, what was given and what is allowed
 */
export function createFleet(
  state: SharedState,
  settings: FleetSettings = DEFAULT_FLEET_SETTINGS,
  options: FleetOptions = {},
): Fleet {
  return new Fleet(state, settings, options);
}

import type { Config } from '../../config/schema.ts';
import { DEFAULT_FLEET_SETTINGS, type FleetSettings } from '../scaling/fleet/index.ts';

/** What the configuration says of the fleet; 0 in the configuration means that there is no limit. */
export function fleetSettingsOf(config: Config): FleetSettings {
  return {
    ...DEFAULT_FLEET_SETTINGS,
    name: config.fleetName || DEFAULT_FLEET_SETTINGS.name,
    serverTtlMs: config.fleetTtlMs,
    leaseTtlMs: config.leaseTtlMs,
    limits: {
      totalSlots: config.totalSystemCapacity || null,
      reservedPercent: config.reservedCapacityPercent,
      // What a machine offers it says itself; machines may differ.
      slotsPerServer: null,
      bandwidthPerSlotMbps: config.maxBandwidthPerSlot || null,
      bandwidthPerServerMbps: null,
      slotsPerOwner: config.maxSlotsPerOwner || null,
    },
  };
}

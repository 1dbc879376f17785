/** This machine in a fleet, and what it offers to leases. */
import { aliased, integer, type OptionTable, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

const FLEET_NAME = {
  allowed: 'up to 64 letters, digits and . _ -, beginning with a letter or digit',
  pattern: /^(|[A-Za-z0-9][\w.-]{0,63})$/,
};
const TTL_MS = [2_000, 30 * 24 * HOUR_MS] as const;
const FIGURE = [0, 1_000_000_000] as const;

export const fleet = {
  fleetName: text('FLEET_NAME', 'fleet', 'Machines of one name share registry and capacity.', FLEET_NAME),
  serverId: text(
    'SERVER_ID',
    '',
    'This machine in the fleet; empty: its host name and this instance’s name.',
    FLEET_NAME,
  ),
  serverHost: text('SERVER_HOST', '', 'Where the fleet reaches this machine; empty: its host name.', {
    allowed: 'a host name or an address',
    pattern: /^[^\s/]*$/,
  }),
  serverLocation: text('SERVER_LOCATION', '', 'Zone of this machine, for placement.', FLEET_NAME),
  fleetTtlMs: integer('FLEET_TTL_MS', 60_000, TTL_MS, 'milliseconds', 'A machine not heard of for this long is gone.'),
  leaseTtlMs: integer(
    'LEASE_TTL_MS',
    60_000,
    TTL_MS,
    'milliseconds',
    'A lease without a heartbeat for this long ends.',
  ),
  maxSlotsPerServer: aliased(
    integer(
      'MAX_SLOTS_PER_SERVER',
      0,
      FIGURE,
      'slots; 0 = none are offered',
      'Slots that this machine offers to leases.',
    ),
    'MAX_TUNNELS_PER_SERVER',
  ),
  maxBandwidthPerSlot: aliased(
    integer('MAX_BANDWIDTH_PER_SLOT', 0, FIGURE, 'Mbit/s; 0 = no limit', 'Most that a slot may be leased.'),
    'MAX_BANDWIDTH_PER_TUNNEL',
  ),
  maxBandwidthPerServer: integer(
    'MAX_BANDWIDTH_PER_SERVER',
    0,
    FIGURE,
    'Mbit/s; 0 = not counted',
    'Bandwidth that this machine offers to leases.',
  ),
  totalSystemCapacity: integer(
    'TOTAL_SYSTEM_CAPACITY',
    0,
    FIGURE,
    'slots; 0 = the sum of the machines',
    'Slots of the whole fleet.',
  ),
  reservedCapacityPercent: integer('RESERVED_CAPACITY_PERCENT', 0, [0, 100], 'percent', 'Part that is never leased.'),
  maxSlotsPerOwner: integer(
    'MAX_SLOTS_PER_OWNER',
    0,
    FIGURE,
    'slots; 0 = no quota',
    'Most slots that one owner may hold.',
  ),
} satisfies OptionTable;

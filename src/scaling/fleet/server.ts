/** A server of the fleet as it describes itself, or as it is described by hand. */
import { isText, isWhole, refuse } from './arguments.ts';
import { MAX_FIGURE, MAX_TTL_MS, MIN_TTL_MS } from './settings.ts';

export interface ServerDescription {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Zone, region or place; empty: it has none. */
  readonly location: string;
  /** Of the software that runs there; empty: not told. */
  readonly version: string;
  /** Null: unknown, so that it takes no leases. */
  readonly maxSlots: number | null;
  /** Mbit/s; null: unknown, so that it takes no leases that need a figure. */
  readonly maxBandwidthMbps: number | null;
  /** Slots in use there beside the leased ones, which are counted here; null: there are none, or nobody counts them. */
  readonly load: number | null;
}

/** A registered server. */
export interface FleetServer extends ServerDescription {
  readonly source: 'heartbeat' | 'api';
  /** It is gone when nothing is heard of it for this long. */
  readonly ttlMs: number;
  /** When it was last heard of, by the clock of whoever wrote it; for people. */
  readonly seenAtMs: number;
}

/** Ids of servers and leases, which become parts of keys. */
export const ID_PATTERN = /^[A-Za-z0-9][\w.:-]{0,127}$/;
export const ID_ALLOWED = 'up to 128 letters, digits and . _ : -, beginning with a letter or digit';

const MAX_TEXT = 256;
const PORTS = [0, 65_535] as const;
const FIGURES = [0, MAX_FIGURE] as const;

/** @throws FleetError FLEET_BAD_ARGUMENT that names the field */
export function checkServer(server: FleetServer): FleetServer {
  if (!ID_PATTERN.test(server.id)) refuse('id', server.id, ID_ALLOWED);
  if (!isText(server.host, [1, MAX_TEXT])) refuse('host', server.host, 'a host name or an address');
  if (!isText(server.location, [0, MAX_TEXT])) refuse('location', server.location, 'a text of at most 256 characters');
  if (!isText(server.version, [0, MAX_TEXT])) refuse('version', server.version, 'a text of at most 256 characters');
  if (!isWhole(server.port, PORTS)) refuse('port', server.port, 'a TCP port');
  for (const name of ['maxSlots', 'maxBandwidthMbps', 'load'] as const) {
    const given = server[name];
    if (given !== null && !isWhole(given, FIGURES)) refuse(name, given, `a whole number from 0 to ${MAX_FIGURE}`);
  }
  if (!isWhole(server.ttlMs, [MIN_TTL_MS, MAX_TTL_MS])) {
    refuse('ttlMs', server.ttlMs, `a whole number from ${MIN_TTL_MS} to ${MAX_TTL_MS}`);
  }
  return server;
}

export function encodeServer(server: FleetServer): string {
  return JSON.stringify(server);
}

/** A figure that cannot be read is unknown; a server without an address is no server (undefined). */
export function decodeServer(value: Uint8Array): FleetServer | undefined {
  const read = parseObject(value);
  if (read === undefined) return undefined;
  const { id, host, port, source } = read;
  if (!isText(id, [1, MAX_TEXT]) || !ID_PATTERN.test(id) || !isText(host, [0, MAX_TEXT]) || !isWhole(port, PORTS))
    return undefined;
  const figure = (name: string): number | null => {
    const value = read[name];
    return isWhole(value, FIGURES) ? value : null;
  };
  const words = (name: string): string => {
    const value = read[name];
    return isText(value, [0, MAX_TEXT]) ? value : '';
  };
  return {
    id,
    host,
    port,
    location: words('location'),
    version: words('version'),
    maxSlots: figure('maxSlots'),
    maxBandwidthMbps: figure('maxBandwidthMbps'),
    load: figure('load'),
    source: source === 'api' ? 'api' : 'heartbeat',
    ttlMs: isWhole(read.ttlMs, [0, MAX_TTL_MS]) ? read.ttlMs : 0,
    seenAtMs: typeof read.seenAtMs === 'number' ? read.seenAtMs : 0,
  };
}

function parseObject(value: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What is exported: an app, where its instances are, and what stands before them. */
import { ExportError } from './export-error.ts';

/** Instances with known addresses. */
export interface KnownServers {
  readonly kind: 'known';
  readonly servers: readonly { readonly host: string; readonly port: number }[];
}

/** Instances that a DNS name answers with, one address each, as Docker's DNS does for a service. */
export interface DiscoveredServers {
  readonly kind: 'discovered';
  readonly name: string;
  readonly port: number;
  /** Most instances there may be. */
  readonly slots: number;
  /** `address:port` of the DNS server. */
  readonly dns: string;
}

export interface BalancerTopology {
  readonly app: string;
  readonly servers: KnownServers | DiscoveredServers;
  /** Answers 200 where the app may be sent requests. */
  readonly healthPath: string;
  readonly httpPort: number;
  /** A file with certificate, chain and key; null: no TLS. */
  readonly tls: { readonly port: number; readonly certificateFile: string } | null;
  /** `address:port` of the statistics page. */
  readonly statsAddress: string;
  /** How long what runs may take to finish when HAProxy is told to stop. */
  readonly drainTimeoutMs: number;
  readonly maxConnections: number;
  /** Requests of one client in ten seconds; 0 = no limit. */
  readonly rateLimitPer10s: number;
}

/** What `haproxy.cfg` of the stack has too. */
export const BALANCER_DEFAULTS = {
  healthPath: '/health',
  httpPort: 80,
  tls: null,
  statsAddress: '127.0.0.1:8080',
  drainTimeoutMs: 30_000,
  maxConnections: 10_000,
  rateLimitPer10s: 300,
} as const satisfies Partial<BalancerTopology>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const HOST = /^[A-Za-z0-9_.:[\]-]+$/;

/** @throws ExportError BAD_TOPOLOGY when it can't be a part of a configuration file */
export function checkName(what: string, given: string): string {
  if (NAME.test(given)) return given;
  throw new ExportError(
    `${what}: ${JSON.stringify(given)} is not allowed; give letters, digits and . _ -, 63 at most, beginning with a letter or digit`,
  );
}

/** @throws ExportError BAD_TOPOLOGY */
export function checkHost(what: string, given: string): string {
  if (HOST.test(given)) return given;
  throw new ExportError(`${what}: ${JSON.stringify(given)} is not allowed; give a host name or an address`);
}

/** @throws ExportError BAD_TOPOLOGY */
export function checkWhole(what: string, given: number, low: number, high: number): number {
  if (Number.isInteger(given) && given >= low && given <= high) return given;
  throw new ExportError(`${what}: ${given} is not allowed; give a whole number from ${low} to ${high}`);
}

/** A path of a file or a URL, without what ends a word in a configuration file. @throws ExportError BAD_TOPOLOGY */
export function checkPath(what: string, given: string): string {
  if (/^\/[^\s"'\\#$]*$/.test(given)) return given;
  throw new ExportError(
    `${what}: ${JSON.stringify(given)} is not allowed; give a path that begins with / and has no spaces, quotes, #, $ or \\`,
  );
}

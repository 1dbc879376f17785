import type { ServerKind } from './connection-state.ts';
import type { ClusterServer } from './internals.ts';

/** What a server speaks: by what it can do, so that no protocol module is loaded that the app itself does not use. */
export function kindOf(server: ClusterServer): ServerKind {
  const duck = server as { closeIdleConnections?: unknown; setSecureContext?: unknown };
  if (server.updateSettings !== undefined) return 'http2';
  if (typeof duck.closeIdleConnections !== 'function') return 'other';
  return duck.setSecureContext === undefined ? 'http' : 'https';
}

/** Where it listens, in words. */
export function describeAddress(server: ClusterServer): string {
  const address = server.address();
  if (address === null) return '';
  if (typeof address === 'string') return address;
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

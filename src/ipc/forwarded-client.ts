/** How the gateway tells a worker who a request's client is: a header that it writes first, and that no client can forge. */

/** Lower case, as written; whatever a client sends under this name is dropped by the gateway. */
export const CLIENT_HEADER = 'x-tidegate-client';

export interface ForwardedClient {
  readonly address: string;
  readonly port: number;
  /** Where the client connected to. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly protocol: 'http' | 'https';
}

/** @param key secret of this runtime: 32 hexadecimal digits, made at its start */
export function formatClient(
  { address, port, localAddress, localPort, protocol }: ForwardedClient,
  key: string,
): string {
  return `${key} ${address} ${port} ${localAddress} ${localPort} ${protocol}`;
}

/** Null for what was not written with this key. */
export function parseClient(value: string, key: string): ForwardedClient | null {
  const [given, address, port, localAddress, localPort, protocol, ...more] = value.split(' ');
  if (given !== key || more.length > 0 || address === undefined || localAddress === undefined) return null;
  if (protocol !== 'http' && protocol !== 'https') return null;
  return { address, port: Number(port), localAddress, localPort: Number(localPort), protocol };
}

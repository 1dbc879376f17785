import type { Socket } from 'node:net';
import type { Arrival } from '../../ipc/arrival.ts';
import type { ClusterServer, NativeHandle } from './internals.ts';

/** Lets `deliver` give a connection to its server together with what the primary knows of it, so that the app sees nothing of the way it came. */
export function deliverWith<Result>(
  arrival: Arrival | undefined,
  server: ClusterServer,
  handle: NativeHandle | undefined,
  deliver: () => Result,
): Result {
  if (arrival === undefined || handle === undefined) return deliver();
  const { client, first } = arrival;
  if (client !== undefined) {
    const family = client.address.includes(':') ? 'IPv6' : 'IPv4';
    // Sockets ask it once, TLS sockets through the one below.
    handle.getpeername = (out) => {
      Object.assign(out, { address: client.address, port: client.port, family });
      return 0;
    };
  }
  if (first === undefined) return deliver();
  const putBack = (socket: Socket): void => socket.unshift(Buffer.from(first, 'base64'));
  server.prependListener('connection', putBack);
  try {
    return deliver();
  } finally {
    server.off('connection', putBack);
  }
}

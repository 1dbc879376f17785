import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CLIENT_HEADER, type ForwardedClient, parseClient } from '../../ipc/forwarded-client.ts';

/**
 * Gives requests that came through the gateway their client back: address and protocol of the socket are what the app would have seen
 * without it. Several clients share one connection of the gateway, so it is done for each request, by a view of the socket.
 */
export class ClientIdentity {
  readonly #key: string;

  /** @param key what the gateway signs with; it strips whatever a client sends under that name */
  constructor(key: string) {
    this.#key = key;
  }

  /** To be called before the app sees the request. What is not signed stays as it is, without the header. */
  restore(request: IncomingMessage): void {
    // The gateway writes it first.
    if (request.rawHeaders[0] !== CLIENT_HEADER) return;
    const value = request.rawHeaders[1] as string;
    request.rawHeaders.splice(0, 2);
    delete request.headers[CLIENT_HEADER];
    const client = parseClient(value, this.#key);
    if (client !== null) request.socket = viewOf(request.socket, client);
  }
}

function viewOf(socket: Socket, client: ForwardedClient): Socket {
  const seen: Readonly<Record<PropertyKey, unknown>> = {
    remoteAddress: client.address,
    remotePort: client.port,
    remoteFamily: client.address.includes(':') ? 'IPv6' : 'IPv4',
    localAddress: client.localAddress,
    localPort: client.localPort,
    ...(client.protocol === 'https' && { encrypted: true }),
  };
  return new Proxy(socket, {
    get: (target, property) => (Object.hasOwn(seen, property) ? seen[property] : Reflect.get(target, property, target)),
    // Node keeps state of its own on the socket.
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

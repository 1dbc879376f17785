import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type ClientIdentity, ForwardedIdentity, IDENTITY_FIELD } from '../../ipc/forwarded-identity.ts';

/** A client's field is the same for each of its requests: hashing it once is enough. */
const REMEMBERED = 1_000;

/**
 * Gives requests that came through the gateway their client back: address and protocol of the socket are what the app would have seen
 * without it. Several clients share one connection of the gateway, so it is done for each request, by a view of the socket.
 */
export class ClientIdentities {
  readonly #identity: ForwardedIdentity;
  readonly #known = new Map<string, ClientIdentity>();

  /** @param secret what the gateway signs with */
  constructor(secret: string) {
    this.#identity = new ForwardedIdentity(secret);
  }

  /** To be called before the app sees the request. The field is taken out, whoever wrote it. */
  restore(request: IncomingMessage): void {
    const { rawHeaders } = request;
    for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
      const name = rawHeaders[at] as string;
      if (name.length !== IDENTITY_FIELD.length || name.toLowerCase() !== IDENTITY_FIELD) continue;
      const client = this.#read(rawHeaders[at + 1] as string);
      takeOut(request, at);
      if (client !== undefined) request.socket = viewOf(request.socket, client);
    }
  }

  #read(value: string): ClientIdentity | undefined {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const client = this.#identity.read(value);
    if (client === undefined) return undefined;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(value, client);
    return client;
  }
}

/** Node reads `headers` out of `rawHeaders` when they are first asked for, up to a count of its own. */
function takeOut(request: IncomingMessage, at: number): void {
  headersCount ??= Object.getOwnPropertySymbols(request).find(({ description }) => description === 'kHeadersCount');
  if (headersCount !== undefined) {
    const counted = request as unknown as Record<symbol, number>;
    counted[headersCount] = (counted[headersCount] as number) - 2;
    request.rawHeaders.splice(at, 2);
  }
  delete request.headers[IDENTITY_FIELD];
}

let headersCount: symbol | undefined;

function viewOf(socket: Socket, client: ClientIdentity): Socket {
  const seen: Readonly<Record<PropertyKey, unknown>> = {
    remoteAddress: client.address,
    remotePort: client.port,
    remoteFamily: client.address.includes(':') ? 'IPv6' : 'IPv4',
    localPort: client.localPort,
    ...(client.proto === 'https' && { encrypted: true }),
  };
  return new Proxy(socket, {
    get: (target, property) => (Object.hasOwn(seen, property) ? seen[property] : Reflect.get(target, property, target)),
    // Node keeps state of its own on the socket.
    set: (target, property, value) => Reflect.set(target, property, value, target),
  });
}

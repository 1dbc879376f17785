import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { ClientOrigin } from '../front/client-origin.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { FieldTable } from '../wire/field-table.ts';
import { MAX_FIELDS } from '../wire/field-table.ts';
import { Http2Connection, type Http2ConnectionOwner } from './http2-connection.ts';

/** What RFC 9113 (6.5.2) counts for a field over its name and value. */
const FIELD_OVERHEAD_BYTES = 32;

const LIMITS = {
  /** As with HAProxy and most others; each may hold what one client of HTTP/1.1 may. */
  maxConcurrentStreams: 100,
  /** Of each stream's body, until the upstream takes it. */
  initialWindowSize: 65_535,
  /** Of all streams together: what a stream that does not move holds back must not stop the others. */
  sessionWindowBytes: 1_048_576,
  /** Frames against the rules, and streams over the number, before a connection is ended. */
  maxSessionInvalidFrames: 100,
  maxSessionRejectedStreams: 100,
} as const;

/** What stands around connections of HTTP/2; as with the others. */
export type Http2FrontOwner = Pick<Http2ConnectionOwner, 'affinityKey' | 'noteRefused'> & { http2Empty(): void };

/** Serves clients that have chosen HTTP/2, and knows who is there. */
export class Http2Front implements Http2ConnectionOwner {
  readonly #context: GatewayContext;
  readonly #owner: Http2FrontOwner;
  readonly #connections = new Set<Http2Connection>();
  readonly #http2 = process.getBuiltinModule('node:http2');

  constructor(context: GatewayContext, owner: Http2FrontOwner) {
    this.#context = context;
    this.#owner = owner;
  }

  get connections(): number {
    return this.#connections.size;
  }

  admit(socket: Socket, origin: ClientOrigin): void {
    // A client that ends its side can't be answered a window update: nobody serves half a connection.
    socket.allowHalfOpen = false;
    // A TLS socket without a server around it never says by itself that it has shaken hands; the session would wait for that.
    (socket as Socket & { secureConnecting: boolean }).secureConnecting = false;
    const session = this.#handshake(socket);
    const connection = new Http2Connection(session, this, this.#context, {
      ...origin,
      lines: { ...origin.lines, received: '2' },
    });
    this.#connections.add(connection);
    this.#context.deadlines.add(connection);
  }

  /** Tells all clients to begin nothing here any more; what they have begun ends. */
  leave(): void {
    for (const connection of [...this.#connections]) connection.leave();
  }

  cut(): void {
    for (const connection of [...this.#connections]) connection.destroy();
  }

  affinityKey(table: FieldTable, address: string): string | undefined {
    return this.#owner.affinityKey(table, address);
  }

  noteRefused(client: { readonly origin: ClientOrigin }, status: number): void {
    this.#owner.noteRefused(client, status);
  }

  closed(connection: Http2Connection): void {
    this.#connections.delete(connection);
    this.#context.deadlines.delete(connection);
    if (this.#connections.size === 0) this.#owner.http2Empty();
  }

  #handshake(socket: Socket): ServerHttp2Session {
    const { maxHeadBytes } = this.#context.settings;
    const { sessionWindowBytes, maxConcurrentStreams, initialWindowSize, ...limits } = LIMITS;
    const session = this.#http2.performServerHandshake(socket, {
      ...limits,
      maxHeaderListPairs: MAX_FIELDS,
      settings: {
        maxConcurrentStreams,
        initialWindowSize,
        // A head of `maxHeadBytes` must come through to be answered that it is too large.
        maxHeaderListSize: 2 * maxHeadBytes + MAX_FIELDS * FIELD_OVERHEAD_BYTES,
        enableConnectProtocol: false,
      },
    });
    session.setLocalWindowSize(sessionWindowBytes);
    return session;
  }
}

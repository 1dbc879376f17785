import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ForwardedIdentity } from '../../../ipc/forwarded-identity.ts';
import type { NetworkList } from '../../../ipc/network-list.ts';
import type { Endpoint } from '../../../ipc/proxy-header.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { Http2Front, type Http2FrontOwner } from '../http2/http2-front.ts';
import type { FieldTable } from '../wire/field-table.ts';
import type { Certificates } from './certificates.ts';
import { ClientConnection, type ClientConnectionOwner } from './client-connection.ts';
import { type ClientOrigin, originOf } from './client-origin.ts';
import { Reception } from './reception.ts';

export interface FrontOptions {
  /** Whose X-Forwarded-* and Forwarded are believed. */
  readonly trusted: NetworkList;
  /** Whose connections begin with a PROXY header. */
  readonly proxies: NetworkList;
  readonly certificates: Certificates | undefined;
  /** Clients may choose HTTP/2 where they speak TLS. */
  readonly http2: boolean;
  readonly identity: ForwardedIdentity | undefined;
}

/** How long a connection may be silent before it is ended in a drain. */
const SILENT_MS = 1_000;

/** Accepts clients, and knows who is there. */
export class Front implements ClientConnectionOwner, Http2FrontOwner {
  readonly #context: GatewayContext;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  readonly #options: FrontOptions;
  readonly #reception: Reception;
  readonly #http2: Http2Front | undefined;
  readonly #whenEmpty: (() => void)[] = [];
  #accepted = 0;

  constructor(context: GatewayContext, options: FrontOptions) {
    this.#context = context;
    this.#options = options;
    const { proxies, certificates } = options;
    const http2 = certificates !== undefined && options.http2;
    this.#http2 = http2 ? new Http2Front(context, this) : undefined;
    this.#reception = new Reception(
      {
        proxies,
        certificates,
        http2,
        deadlines: context.deadlines,
        handshakeMs: context.settings.timeouts.httpRequestMs,
      },
      (socket, told) => this.#admit(socket, told),
      () => this.#tellWhenEmpty(),
    );
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    const { maxConnections } = context.settings;
    if (Number.isFinite(maxConnections)) this.#server.maxConnections = maxConnections;
  }

  get server(): Server {
    return this.#server;
  }

  get connections(): number {
    return this.#connections.size + (this.#http2?.connections ?? 0);
  }

  listen(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /**
   * Accepts nobody any more; connections end with their next response, those that stay silent after a second: what a client has sent by
   * now may still be on its way.
   */
  async drain(deadlineMs: number): Promise<void> {
    // The kernel would reset what it has queued. A turn of the event loop accepts one connection.
    for (let before = -1; deadlineMs > 0 && before !== this.#accepted; ) {
      before = this.#accepted;
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#server.listening) this.#server.close();
    this.#http2?.leave();
    if (this.#isEmpty) return;
    const silent = setTimeout(
      () => {
        for (const connection of this.#connections) connection.endIdle();
      },
      Math.min(SILENT_MS, deadlineMs),
    );
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#cut(), deadlineMs);
      timer.unref();
      this.#whenEmpty.push(() => {
        clearTimeout(timer);
        clearTimeout(silent);
        resolve();
      });
    });
  }

  http2Empty(): void {
    this.#tellWhenEmpty();
  }

  closed(connection: ClientConnection): void {
    this.#connections.delete(connection);
    this.#context.deadlines.delete(connection);
    this.#tellWhenEmpty();
  }

  /** What hashing goes by; undefined when the algorithm needs nothing. */
  affinityKey(table: FieldTable, address: string): string | undefined {
    const { affinity, algorithm } = this.#context.settings;
    if (affinity?.by === 'header') return fieldValue(table, affinity.name) ?? address;
    if (affinity?.by === 'cookie') return undefined;
    return algorithm === 'ip-hash' || algorithm === 'consistent-hash' ? address : undefined;
  }

  /** A request that was no request. */
  noteRefused(client: { readonly origin: ClientOrigin }, status: number): void {
    this.#context.onAccess?.({
      clientAddress: client.origin.client.address,
      clientPort: client.origin.client.port,
      method: '',
      target: '',
      host: '',
      status,
      upstream: undefined,
      queueMs: Number.NaN,
      connectMs: Number.NaN,
      responseMs: Number.NaN,
      totalMs: 0,
      receivedBytes: 0,
      sentBytes: 0,
      retries: 0,
      termination: status === 408 ? 'cR' : 'PR',
    });
  }

  get #isEmpty(): boolean {
    return this.connections === 0 && this.#reception.size === 0;
  }

  #tellWhenEmpty(): void {
    if (!this.#isEmpty) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  #cut(): void {
    this.#reception.cut();
    this.#http2?.cut();
    for (const connection of [...this.#connections]) connection.destroy();
  }

  #accept(socket: Socket): void {
    this.#context.counts.connections += 1;
    this.#accepted += 1;
    this.#reception.receive(socket);
  }

  #admit(socket: Socket, told: Endpoint | null): void {
    const { trusted, identity, certificates } = this.#options;
    const origin = originOf(socket, told, certificates === undefined ? 'http' : 'https', trusted, identity);
    if (this.#http2 !== undefined && (socket as TLSSocket).alpnProtocol === 'h2') {
      this.#http2.admit(socket, origin);
      return;
    }
    const connection = new ClientConnection(socket, this, this.#context, origin);
    this.#connections.add(connection);
    this.#context.deadlines.add(connection);
  }
}

function fieldValue(table: FieldTable, name: string): string | undefined {
  const lower = name.toLowerCase();
  for (let index = 0; index < table.count; index++) {
    if (table.name(index).toLowerCase() === lower) return table.value(index);
  }
  return undefined;
}

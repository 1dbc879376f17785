import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientIdentities } from './client-identity.ts';
import type { Connection, ServerKind } from './connection-state.ts';
import { leaveIdleToGateway } from './gateway-connection.ts';
import { Http2Requests } from './http2-requests.ts';
import type { ClusterServer, HttpSocket } from './internals.ts';
import type { RequestCounters } from './request-counters.ts';
import { observeUpgrades } from './upgrade-observer.ts';

const CONNECTION = Symbol('tidegate.connection');
const STARTED_AT = Symbol('tidegate.startedAt');

type TaggedSocket = HttpSocket & { [CONNECTION]?: Connection };
type TaggedResponse = ServerResponse & { [STARTED_AT]?: number };

/** What wants to know when something about a connection changed: the drain, and the giver of connections. */
export interface ConnectionWatcher {
  /** A response was finished; called in the same turn right after, while nothing new can have been read. */
  onResponseDone(connection: Connection): void;
  onRequestStart(connection: Connection, response: ServerResponse): void;
  onClosed(connection: Connection): void;
}

/**
 * Nothing more of this connection gets to the server, or it would pass the gateway by. It is read all the same: that the client
 * goes is heard in no other way.
 */
function forgetWhatComes(socket: HttpSocket): void {
  const served = socket.listeners('data') as ((chunk: Buffer) => void)[];
  socket.on('data', () => {}); // takes the connection back from the parser, which has read it by itself
  for (const listener of served) socket.off('data', listener);
}

/** Every client connection of this worker, and the requests on them, seen without touching the app. */
export class Connections {
  readonly all = new Set<Connection>();
  readonly http2: Http2Requests;
  accepted = 0;
  closed = 0;
  movedIn = 0;
  movedOut = 0;
  /** Accepted, but a proxy has not said yet who its client is. */
  prefaces = 0;
  websockets = 0;
  /** Open connections that could move, now or after their response. */
  plainHttp = 0;
  watcher: ConnectionWatcher | null = null;
  readonly #requests: RequestCounters;
  readonly #identity: ClientIdentities | null;
  /** A server that listens again after `close()` is observed once. */
  readonly #observed = new WeakSet<ClusterServer>();

  /** @param identity gives requests that came through a gateway their client back; null: there is no gateway */
  constructor(requests: RequestCounters, identity: ClientIdentities | null = null) {
    this.#requests = requests;
    this.http2 = new Http2Requests(requests);
    this.#identity = identity;
  }

  /** Hooks Node's own announcements of requests; once per process. */
  observeRequests(): void {
    subscribe('http.server.request.start', (message) => {
      const { request, response, socket } = message as {
        request: IncomingMessage;
        response: TaggedResponse;
        socket: HttpSocket;
      };
      this.#identity?.restore(request);
      this.#requestStarted(response, socket);
    });
    subscribe('http.server.response.finish', (message) => {
      const { request, response, socket } = message as {
        request: IncomingMessage;
        response: TaggedResponse;
        socket: HttpSocket;
      };
      this.#responseFinished(request, response, socket);
    });
  }

  /** Registers a connection right after its server got it. */
  add(socket: HttpSocket, listenerKey: string, kind: ServerKind): Connection {
    const connection: Connection = {
      socket,
      http: socket,
      listenerKey,
      kind,
      requestsStarted: 0,
      requestsFinished: 0,
      upgraded: false,
      websocket: false,
      fate: 'open',
      response: null,
      startedAtMs: 0,
      idleSinceMs: null,
      borrowedTimeout: false,
    };
    (socket as TaggedSocket)[CONNECTION] = connection;
    this.all.add(connection);
    this.accepted += 1;
    if (kind === 'http') this.plainHttp += 1;
    if (kind === 'gateway') leaveIdleToGateway(connection);
    socket.once('close', () => this.#onClose(connection));
    return connection;
  }

  of(socket: HttpSocket): Connection | undefined {
    const tagged = (socket as TaggedSocket)[CONNECTION];
    if (tagged !== undefined) return tagged;
    const underTls = (socket._parent as TaggedSocket | undefined)?.[CONNECTION];
    if (underTls !== undefined) {
      underTls.http = socket;
      (socket as TaggedSocket)[CONNECTION] = underTls;
    }
    return underTls;
  }

  /** Counts upgrades and HTTP/2 streams of a server; a listener is added only where the app has one of its own. */
  observeServer(server: ClusterServer): void {
    if (this.#observed.has(server)) return;
    this.#observed.add(server);
    if (server.updateSettings !== undefined) {
      this.http2.observe(server);
      return;
    }
    observeUpgrades(server, (request, socket) => {
      this.#identity?.restore(request);
      this.#upgraded(request, socket);
    });
  }

  #requestStarted(response: TaggedResponse, socket: HttpSocket): void {
    this.#requests.started += 1;
    const nowMs = performance.now();
    const connection = this.of(socket);
    // Its own connection remembers the first of those under way: a property on each response would cost more than all else here.
    if (connection !== undefined && connection.response === null) {
      connection.response = response;
      connection.startedAtMs = nowMs;
    } else response[STARTED_AT] = nowMs;
    if (connection === undefined) return;
    connection.requestsStarted += 1;
    if (connection.onlyUpgrade) {
      response.shouldKeepAlive = false;
      forgetWhatComes(socket);
    }
    if (connection.borrowedTimeout || connection.kind === 'gateway') this.#restoreTimeout(connection, socket);
    this.watcher?.onRequestStart(connection, response);
  }

  /** The server's own limit holds again, from the first request on. */
  #restoreTimeout(connection: Connection, socket: HttpSocket): void {
    const { timeout = 0 } = (socket.server ?? {}) as ClusterServer;
    if (!connection.borrowedTimeout && timeout === 0) return;
    connection.borrowedTimeout = false;
    socket.setTimeout(timeout);
  }

  #responseFinished(request: IncomingMessage, response: TaggedResponse, socket: HttpSocket): void {
    const connection = this.of(socket);
    const isFirst = connection !== undefined && connection.response === response;
    const startedAtMs = isFirst ? connection.startedAtMs : response[STARTED_AT];
    if (startedAtMs === undefined) return;
    const now = performance.now();
    this.#requests.complete(request.method ?? '', request.url ?? '', response.statusCode, now - startedAtMs);
    if (connection === undefined) return;
    if (isFirst) connection.response = null;
    connection.requestsFinished += 1;
    connection.idleSinceMs = now;
    if (connection.onlyUpgrade) socket.destroySoon(); // whatever the app has said in `Connection`
    if (this.watcher !== null) process.nextTick(() => this.watcher?.onResponseDone(connection));
  }

  #upgraded(request: IncomingMessage, socket: HttpSocket): void {
    const connection = this.of(socket);
    if (connection === undefined || connection.upgraded) return;
    connection.upgraded = true;
    if (connection.kind === 'http') this.plainHttp -= 1;
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return;
    connection.websocket = true;
    this.websockets += 1;
  }

  #onClose(connection: Connection): void {
    this.all.delete(connection);
    this.closed += 1;
    this.#requests.aborted += connection.requestsStarted - connection.requestsFinished;
    if (connection.websocket) this.websockets -= 1;
    if (connection.kind === 'http' && !connection.upgraded) this.plainHttp -= 1;
    this.watcher?.onClosed(connection);
  }
}

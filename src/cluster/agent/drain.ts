import type { ServerResponse } from 'node:http';
import type { DrainCounts } from '../../ipc/protocol.ts';
import { type Connection, isIdle } from './connection-state.ts';
import type { Connections, ConnectionWatcher } from './connections.ts';
import type { Mover } from './mover.ts';
import { ParserIdleness } from './parser-idleness.ts';
import type { RequestCounters } from './request-counters.ts';
import { closeWebSocket } from './websocket-close.ts';

/** How often connections are looked at that no event will announce: written out late, or idle without a place to move to. */
const SWEEP_MS = 20;
/** Idle connections that can't move are closed after this silence; their last response said `Connection: close`. */
const IDLE_CLOSE_MS = 1_000;
const UNSEEN_CLOSE_MS = 5_000;

type Announcement = Pick<ServerResponse, 'headersSent' | 'shouldKeepAlive'>;

interface DrainOptions {
  readonly deadlineMs: number;
  readonly websocketJitterMs: number;
  readonly move: boolean;
  readonly random: () => number;
}

/**
 * Empties this worker: idle keep-alive connections move to others, busy ones follow when their response ends, WebSockets are
 * asked to reconnect (1012), the rest may finish until the deadline. Every connection ends in one heap of the receipt.
 */
export class Drain implements ConnectionWatcher {
  readonly #connections: Connections;
  readonly #mover: Mover;
  readonly #options: DrainOptions;
  readonly #onEmpty: (counts: DrainCounts) => void;
  readonly #openAtStart: number;
  readonly #acceptedAtStart: number;
  readonly #requestsInFlightAtStart: number;
  readonly #startedAtMs = performance.now();
  readonly #sweep: NodeJS.Timeout;
  /** WebSockets that have been, or will be, asked to reconnect. */
  readonly #asked = new WeakSet<Connection>();
  /** The response in which a connection's end is announced. */
  readonly #announcing = new WeakMap<Connection, Announcement>();
  #finished = 0;
  #moved = 0;
  #closedByClient = 0;
  #cut = 0;
  #websocketsClosed = 0;
  #moves: boolean;
  /** What the kernel has queued for a gateway's entrance may still come in. */
  #accepts = true;
  #done = false;

  constructor(
    connections: Connections,
    requests: RequestCounters,
    mover: Mover,
    options: DrainOptions,
    onEmpty: (counts: DrainCounts) => void,
  ) {
    this.#connections = connections;
    this.#mover = mover;
    this.#options = options;
    this.#moves = options.move;
    this.#onEmpty = onEmpty;
    this.#openAtStart = connections.all.size;
    this.#acceptedAtStart = connections.accepted;
    this.#requestsInFlightAtStart = requests.inFlight;
    connections.watcher = this;
    for (const session of connections.http2.sessions) session.close();
    for (const connection of connections.all) this.#begin(connection);
    this.#sweep = setInterval(() => this.#look(), SWEEP_MS);
    this.#look();
    void this.#takeLast();
  }

  /** The others leave too: what is still here is served to its end here. */
  stopMoving(): void {
    this.#moves = false;
    for (const connection of this.#connections.all) if (!connection.websocket) this.#begin(connection);
  }

  onRequestStart(connection: Connection, response: ServerResponse): void {
    if (!this.#mayMove(connection)) this.#announceIn(connection, response);
  }

  onResponseDone(connection: Connection): void {
    if (this.#mayMove(connection)) this.#mover.move(connection, null);
  }

  onClosed(connection: Connection): void {
    if (connection.fate === 'moved') this.#moved += 1;
    else if (connection.fate === 'cut') this.#cut += 1;
    else if (endedByClient(connection)) this.#closedByClient += 1;
    else this.#finished += 1;
    this.#finishWhenEmpty();
  }

  #counts(): DrainCounts {
    return {
      openAtStart: this.#openAtStart,
      acceptedSince: this.#connections.accepted - this.#acceptedAtStart,
      finished: this.#finished,
      moved: this.#moved,
      closedByClient: this.#closedByClient,
      cut: this.#cut,
      requestsInFlightAtStart: this.#requestsInFlightAtStart,
      websocketsClosed: this.#websocketsClosed,
    };
  }

  /** Every connection made before the drain is in the kernel's queue by now; a turn of the event loop accepts at least one. */
  async #takeLast(): Promise<void> {
    for (let before = -1; before !== this.#connections.accepted; ) {
      before = this.#connections.accepted;
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#accepts = false;
    this.#finishWhenEmpty();
  }

  #begin(connection: Connection): void {
    if (connection.websocket) {
      this.#askToReconnect(connection);
    } else if (!this.#mayMove(connection) && connection.requestsStarted - connection.requestsFinished === 1) {
      // With several requests pipelined, ending after the first response would lose the others.
      const response = connection.http._httpMessage;
      if (response != null) this.#announceIn(connection, response);
    }
  }

  /** Once the app has answered the handshake, spread over the jitter. */
  #askToReconnect(connection: Connection): void {
    this.#asked.add(connection);
    const delayMs = this.#options.random() * this.#options.websocketJitterMs;
    setTimeout(() => {
      if (closeWebSocket(connection.http)) this.#websocketsClosed += 1;
      else this.#asked.delete(connection); // the next look asks again
    }, delayMs);
  }

  /** `Connection: close` in this response, and no more in an earlier one: Node ends the connection after the first such. */
  #announceIn(connection: Connection, response: Announcement): void {
    const earlier = this.#announcing.get(connection);
    if (earlier !== undefined && !earlier.headersSent) earlier.shouldKeepAlive = true;
    // A gateway has been told, and ends its connections itself.
    if (response.headersSent || !response.shouldKeepAlive || connection.kind === 'gateway') return;
    response.shouldKeepAlive = false;
    this.#announcing.set(connection, response);
  }

  #mayMove(connection: Connection): boolean {
    return this.#moves && connection.kind === 'http' && !connection.upgraded;
  }

  #look(): void {
    const elapsedMs = performance.now() - this.#startedAtMs;
    const overdue = elapsedMs >= this.#options.deadlineMs;
    const parsers = new ParserIdleness();
    for (const connection of this.#connections.all) {
      if (overdue && connection.fate === 'open') {
        connection.fate = 'cut';
        connection.socket.destroy();
      } else if (connection.websocket) {
        if (!this.#asked.has(connection)) this.#askToReconnect(connection); // upgraded since the drain began
      } else if (this.#mayMove(connection)) {
        this.#mover.move(connection, null, parsers);
      } else if (this.#hasBeenSilent(connection, parsers)) {
        connection.http.destroySoon();
      }
    }
    this.#finishWhenEmpty();
  }

  /** For connections that can't move: nothing of them is under way, and nothing came for a while. */
  #hasBeenSilent(connection: Connection, parsers: ParserIdleness): boolean {
    if (connection.kind !== 'http' && connection.kind !== 'https') return false;
    if (connection.upgraded) return false;
    const silentMs = performance.now() - Math.max(this.#startedAtMs, connection.idleSinceMs ?? 0);
    // Whether a first head is half-way through TLS can't be seen from here: such a connection gets more time.
    const unseen = connection.kind === 'https' && connection.http === connection.socket;
    return unseen ? silentMs >= UNSEEN_CLOSE_MS : silentMs >= IDLE_CLOSE_MS && isIdle(connection, parsers);
  }

  #finishWhenEmpty(): void {
    if (this.#done || this.#accepts || this.#connections.all.size > 0 || this.#connections.prefaces > 0) return;
    this.#done = true;
    clearInterval(this.#sweep);
    this.#onEmpty(this.#counts());
  }
}

/** The client ended first: it closed its side, or broke the connection, or left a request unanswered. A gateway always closes first. */
function endedByClient(connection: Connection): boolean {
  const { socket, kind, requestsStarted, requestsFinished } = connection;
  if (requestsStarted !== requestsFinished) return true;
  return kind !== 'gateway' && (socket.readableEnded || socket.errored !== null);
}

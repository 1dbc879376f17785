import { carried } from '../../ipc/arrival.ts';
import { HANDLE_COMMAND, type HandleMessage, type MovedState } from '../../ipc/protocol.ts';
import { type Connection, isMovable, keepAliveLeftMs } from './connection-state.ts';
import type { Connections } from './connections.ts';
import type { ClusterServer, NativeHandle } from './internals.ts';
import type { ParserIdleness } from './parser-idleness.ts';

/** Sends a descriptor up to the primary; `done` gets the error, or null once the kernel has it. */
export type SendHandle = (message: HandleMessage, handle: NativeHandle, done: (error: Error | null) => void) => void;

/** A moved connection keeps at least this long, as its next request may be on its way. */
const MIN_KEEP_ALIVE_MS = 1_000;

/**
 * Moves idle keep-alive connections to other workers, unseen by their clients: stop reading, send the descriptor up, and once
 * it is on its way close this worker's copy. Node passes one descriptor at a time, so the rest wait here, where a
 * connection that its client closes meanwhile can still be dropped.
 */
export class Mover {
  readonly #connections: Connections;
  readonly #send: SendHandle;
  readonly #waiting: { readonly connection: Connection; readonly to: number | null; readonly timeoutMs: number }[] = [];
  #sending = false;
  #held = false;
  #onIdle: (() => void) | null = null;

  constructor(connections: Connections, send: SendHandle) {
    this.#connections = connections;
    this.#send = send;
  }

  /** Moves the connection if it may move now; `to` null leaves the choice to the primary. */
  move(connection: Connection, to: number | null, parsers?: ParserIdleness): boolean {
    if (this.#held || !isMovable(connection, parsers)) return false;
    connection.socket._handle?.readStop();
    const timeoutMs = connection.socket.timeout ?? 0;
    connection.socket.setTimeout(0);
    connection.fate = 'moving';
    this.#waiting.push({ connection, to, timeoutMs });
    this.#next();
    return true;
  }

  /** Moves nothing any more: what waits stays here. `done` is called when what was on its way has been sent. */
  hold(done: () => void): void {
    this.#held = true;
    for (const { connection, timeoutMs } of this.#waiting.splice(0)) this.#stay(connection, timeoutMs);
    if (this.#sending) this.#onIdle = done;
    else done();
  }

  /** Receives a connection from elsewhere that its new server has just taken. */
  welcome(connection: Connection, moved: MovedState): void {
    this.#connections.movedIn += 1;
    if (moved.keepAliveLeftMs === null) return;
    // To this server it is a new connection that says nothing, which Node would answer with a 408 in the end.
    const { headersTimeout = 0, requestTimeout = 0 } = (connection.socket.server ?? {}) as ClusterServer;
    const limitsMs = [headersTimeout, requestTimeout].filter((limitMs) => limitMs > 0);
    const leftMs = Math.min(moved.keepAliveLeftMs, ...limitsMs.map((limitMs) => limitMs - MIN_KEEP_ALIVE_MS));
    connection.socket.setTimeout(Math.max(MIN_KEEP_ALIVE_MS, leftMs));
    connection.borrowedTimeout = true;
  }

  #next(): void {
    if (this.#sending) return;
    let entry = this.#waiting.shift();
    while (entry !== undefined && entry.connection.socket._handle === null) entry = this.#waiting.shift(); // closed meanwhile
    const handle = entry?.connection.socket._handle;
    if (entry === undefined || handle == null) return;
    const { connection, to, timeoutMs } = entry;
    this.#sending = true;
    const moved = { keepAliveLeftMs: keepAliveLeftMs(connection, performance.now()) };
    const { client, listenerKey: key } = connection;
    const arrival = client === undefined ? undefined : { client };
    this.#send({ cmd: HANDLE_COMMAND, type: 'move', key, to, moved, ...carried(arrival) }, handle, (error) => {
      this.#sending = false;
      if (error === null) this.#left(connection);
      else this.#stay(connection, timeoutMs);
      this.#onIdle?.();
      this.#onIdle = null;
      this.#next();
    });
  }

  #left(connection: Connection): void {
    connection.fate = 'moved';
    this.#connections.movedOut += 1;
    connection.socket.destroy();
  }

  #stay(connection: Connection, timeoutMs: number): void {
    connection.fate = 'open';
    connection.socket.setTimeout(timeoutMs);
    connection.socket._handle?.readStart();
  }
}

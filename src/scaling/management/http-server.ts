/** One HTTP server of the control API, with limits that keep a hostile or broken client from holding it. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerClientError } from './client-error.ts';

export interface ServerLimits {
  /** A request head must be complete within this time. */
  readonly headersTimeoutMs: number;
  /** A request must be complete within this time, body included. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** A client that takes nothing of a complete answer for this long is disconnected; streams have limits of their own. */
  readonly answerTimeoutMs: number;
  readonly maxHeaderBytes: number;
  /** Further connections are closed at once. */
  readonly maxConnections: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 5_000,
  answerTimeoutMs: 30_000,
  maxHeaderBytes: 16 * 1024,
  maxConnections: 256,
};

/** Knows its connections and how many answers each still owes; Node's own bookkeeping misses connections that never spoke. */
export class BoundedHttpServer {
  readonly server: Server;
  readonly #answersOwed = new Map<Socket, number>();
  readonly #onRequest: RequestListener;
  #closing = false;

  constructor(limits: ServerLimits, onRequest: RequestListener) {
    this.#onRequest = onRequest;
    const options = {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // How late the first two may be noticed; Node's own default is 30 s.
      connectionsCheckingInterval: Math.min(10_000, limits.headersTimeoutMs),
    };
    this.server = createServer(options, (request, response) => this.#serve(request, response));
    this.server.maxConnections = limits.maxConnections;
    this.server.on('connection', (socket) => {
      this.#answersOwed.set(socket, 0);
      socket.once('close', () => this.#answersOwed.delete(socket));
    });
    this.server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
      // The types say Duplex; without TLS it is the socket itself.
      const socket = stream as Socket;
      answerClientError(error, socket, (this.#answersOwed.get(socket) ?? 0) > 0);
    });
  }

  /** Takes no more connections, ends those that owe no answer, and after `deadlineMs` all. A unix socket's file goes too. */
  close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        for (const socket of this.#answersOwed.keys()) socket.destroy();
      }, deadlineMs);
      this.server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
      for (const [socket, owed] of this.#answersOwed) if (owed === 0) socket.destroy();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#answersOwed.set(socket, (this.#answersOwed.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const owed = (this.#answersOwed.get(socket) ?? 1) - 1;
      if (this.#answersOwed.has(socket)) this.#answersOwed.set(socket, owed);
      if (this.#closing && owed === 0) socket.destroySoon();
    });
    this.#onRequest(request, response);
  }
}

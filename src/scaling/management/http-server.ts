/** One HTTP server of the control API, with limits that keep a hostile or broken client from holding it. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
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

/** A TLS handshake must be complete within this time. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The certificate, and where a renewed one is asked for whenever somebody connects. */
export interface ServerTls {
  readonly options: SecureContextOptions;
  readonly renewed: () => SecureContextOptions | undefined;
}

/** Knows its connections and how many answers each still owes; Node's own bookkeeping misses connections that never spoke. */
export class BoundedHttpServer {
  readonly server: Server | TlsServer;
  readonly #answersOwed = new Map<Socket, number>();
  /** TCP connections whose TLS handshake is under way, by the client's end. */
  readonly #handshaking = new Map<string, Socket>();
  readonly #onRequest: RequestListener;
  #closing = false;

  /** @param tls null: plain HTTP */
  constructor(limits: ServerLimits, tls: ServerTls | null, onRequest: RequestListener) {
    this.#onRequest = onRequest;
    const options = {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // How late the first two may be noticed; Node's own default is 30 s.
      connectionsCheckingInterval: Math.min(10_000, limits.headersTimeoutMs),
    };
    const serve = (request: IncomingMessage, response: ServerResponse): void => this.#serve(request, response);
    if (tls === null) {
      this.server = createServer(options, serve);
      this.server.on('connection', (socket) => this.#watch(socket));
    } else {
      const secure = createTlsServer({ ...options, ...tls.options, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, serve);
      secure.prependListener('connection', (socket: Socket) => {
        const renewed = tls.renewed();
        if (renewed !== undefined) secure.setSecureContext(renewed);
        const client = clientEnd(socket);
        this.#handshaking.set(client, socket);
        socket.once('close', () => this.#handshaking.delete(client));
      });
      secure.on('secureConnection', (socket) => {
        this.#handshaking.delete(clientEnd(socket));
        this.#watch(socket);
      });
      this.server = secure;
    }
    this.server.maxConnections = limits.maxConnections;
    this.server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
      // The types say Duplex; it is the socket itself.
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
      for (const socket of this.#handshaking.values()) socket.destroy();
      this.server.close(() => {
        clearTimeout(deadline);
        resolve();
      });
      for (const [socket, owed] of this.#answersOwed) if (owed === 0) socket.destroy();
    });
  }

  #watch(socket: Socket): void {
    this.#answersOwed.set(socket, 0);
    socket.once('close', () => this.#answersOwed.delete(socket));
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

function clientEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/**
 * The parts of Node that the agent touches and that have no public types: native handles, the cluster module's
 * listen hook, the HTTP parser of a socket. All verified on Node 20, 22 and 24; every use checks that the part is there.
 */
import type { Server, Socket } from 'node:net';

/** A `TCP` or `Pipe` of the runtime's own bindings: a listening socket, or a connection. */
export interface NativeHandle {
  readonly fd?: number;
  onconnection?: (error: number, client: NativeHandle) => void;
  listen(backlog: number): number;
  close(callback?: () => void): void;
  ref?(): void;
  unref?(): void;
  getsockname?(out: object): number;
  getpeername?(out: object): number;
  readStart(): number;
  readStop(): number;
  readonly writeQueueSize?: number;
}

/** llhttp's wrapper. */
export interface HttpParser {
  /** 0 exactly between two messages; gone in Node 24. */
  duration?(): number;
}

export interface HttpSocket extends Socket {
  readonly _handle: NativeHandle | null;
  readonly parser?: HttpParser | null;
  /** The response being written. */
  readonly _httpMessage?: { headersSent: boolean; shouldKeepAlive: boolean } | null;
  /** True while the HTTP server holds the parser back. */
  readonly _paused?: boolean;
  /** The plain socket under a TLS socket. */
  readonly _parent?: Socket;
  readonly server?: Server;
}

/** A server with what TLS servers share between workers. */
export interface ClusterServer extends Server {
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
  readonly keepAliveTimeout?: number;
  readonly headersTimeout?: number;
  readonly requestTimeout?: number;
  readonly timeout?: number;
  /** Only HTTP/2 servers have it. */
  readonly updateSettings?: unknown;
}

/** What `net` passes to the cluster module for a listen. */
export interface ClusterListenOptions {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | string | null;
  readonly fd?: number | null;
  readonly flags?: number;
  readonly backlog?: number;
  readonly readableAll?: boolean;
  readonly writableAll?: boolean;
}

export type ClusterListenCallback = (errno: number, handle: object | null) => void;

export interface ClusterInternals {
  _getServer(server: object, options: ClusterListenOptions, callback: ClusterListenCallback): void;
}

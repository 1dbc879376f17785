import type { ServerKind } from './connection-state.ts';
import type { ClusterServer, NativeHandle } from './internals.ts';

/**
 * What the app's `net.Server` holds as its `_handle`. The server sees a handle that listens from `listen()` to `close()`;
 * behind it this worker may accept by itself (shared), get connections from the primary (handed over), or, while it
 * drains, get none at all. Every connection, whatever its way, enters through `deliver`.
 */
export class ListeningHandle {
  readonly key: string;
  readonly kind: ServerKind;
  readonly server: ClusterServer;
  /** Set by `net`: turns a native connection into a `Socket` and emits it. */
  onconnection: ((error: number, client: NativeHandle | undefined) => void) | undefined;

  /** Only where there is a socket name: `net` takes a handle without it for a unix socket. */
  readonly getsockname?: (out: object) => number;

  readonly #shared: NativeHandle | null;
  readonly #accept: (error: number, client: NativeHandle) => void;
  readonly #startsPaused: () => boolean;
  readonly #onClose: () => void;
  #accepting = false;
  #closed = false;
  #pausable = false;
  /** Keeps the loop alive, as a listening server does, when there is no descriptor here to do it. */
  #keepAlive: NodeJS.Timeout | undefined;
  #referenced = true;

  constructor(options: {
    readonly key: string;
    readonly kind: ServerKind;
    /** The app's. */
    readonly server: ClusterServer;
    readonly shared: NativeHandle | null;
    readonly sockname: object | null;
    /** Gets what this worker itself accepted. */
    readonly accept: (error: number, client: NativeHandle) => void;
    /** Whether others are to accept for now. */
    readonly startsPaused: () => boolean;
    readonly onClose: () => void;
  }) {
    this.key = options.key;
    this.kind = options.kind;
    this.server = options.server;
    this.#shared = options.shared;
    const { sockname } = options;
    if (sockname !== null) {
      this.getsockname = (out) => {
        Object.assign(out, sockname);
        return 0;
      };
    }
    this.#accept = options.accept;
    this.#startsPaused = options.startsPaused;
    this.#onClose = options.onClose;
    if (this.#shared === null) this.#holdLoop();
  }

  get fd(): number {
    return this.#shared?.fd ?? -1;
  }

  /** The app has closed its server, or `listen` has failed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Called by `net`; 0 or a negative errno. */
  listen(backlog: number): number {
    if (this.#shared === null) return 0;
    this.#shared.onconnection = this.#accept;
    const errno = this.#shared.listen(backlog);
    this.#accepting = errno === 0;
    // A descriptor that came over IPC is marked readable, so that from here on `readStop` takes exactly the poll for new
    // connections away, and `readStart` brings it back: a pause that costs no system call.
    this.#pausable = this.#accepting && this.#shared.readStart() === 0;
    if (this.#startsPaused()) this.pause();
    return errno;
  }

  /** Called by `net` when the app closes its server. */
  close(callback?: () => void): void {
    if (!this.#closed) {
      this.#closed = true;
      this.stopAccepting();
      this.#releaseLoop();
      this.#onClose();
    }
    if (typeof callback === 'function') setImmediate(callback);
  }

  ref(): void {
    this.#referenced = true;
    if (this.#accepting) this.#shared?.ref?.();
    else if (!this.#closed) this.#holdLoop();
  }

  unref(): void {
    this.#referenced = false;
    if (this.#accepting) this.#shared?.unref?.();
    this.#releaseLoop();
  }

  /** A connection for this server. False: the app has closed it, the connection is the caller's again. */
  deliver(error: number, client: NativeHandle | undefined): boolean {
    if (this.#closed || this.onconnection === undefined) return false;
    this.onconnection(error, client);
    return true;
  }

  /** Ends accepting for good; the server stays "listening" for the app. Others hold the socket, so nothing queued is lost. */
  stopAccepting(): void {
    if (!this.#accepting) return;
    this.#accepting = false;
    if (!this.#closed && this.#referenced) this.#holdLoop();
    this.#shared?.close();
  }

  /** Lets other workers accept. */
  pause(): void {
    if (!this.#accepting || !this.#pausable) return;
    this.#shared?.readStop();
    if (this.#referenced) this.#holdLoop(); // a handle that does not poll is no reason for the process to stay
  }

  resume(): void {
    if (!this.#accepting || !this.#pausable) return;
    this.#shared?.readStart();
    this.#releaseLoop();
  }

  #holdLoop(): void {
    this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
  }

  #releaseLoop(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }
}

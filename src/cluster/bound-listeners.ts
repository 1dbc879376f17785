import type { ListenQuery } from '../ipc/protocol.ts';
import { InheritedSockets } from './inherited-sockets.ts';
import { bindSocket, type NativeHandle } from './native.ts';
import { SocketPath } from './socket-path.ts';

/** UV_FS modes of a unix socket's `readableAll` and `writableAll`. */
const UV_READABLE = 1;
const UV_WRITABLE = 2;

/** A socket that the primary has bound for the app. It outlives every worker, so that clients wait rather than fail. */
export interface BoundListener {
  readonly key: string;
  readonly handle: NativeHandle;
  readonly backlog: number;
  /** Null for a unix socket. */
  readonly sockname: object | null;
  /** TLS ticket keys of the first worker, which all others take over. */
  readonly data: unknown;
}

/** Every bound socket of the app, by what was asked for. Binds and closes; accepting is done elsewhere. */
export class BoundListeners {
  readonly #inherited: InheritedSockets;
  readonly #byKey = new Map<string, BoundListener>();
  readonly #holders = new Map<string, Set<number>>();
  readonly #paths = new Map<string, SocketPath>();

  constructor(inherited = InheritedSockets.none()) {
    this.#inherited = inherited;
  }

  get(key: string): BoundListener | undefined {
    return this.#byKey.get(key);
  }

  /** The listener for a worker's `listen()`: bound now, or by a worker before it. A number is a negative errno. */
  obtain(workerId: number, query: ListenQuery): { readonly listener: BoundListener; readonly isNew: boolean } | number {
    const key = [query.address, query.port, query.addressType, query.fd, query.index].join(':');
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      this.#paths.get(key)?.restore();
      this.#hold(key, workerId);
      return { listener: known, isNew: false };
    }
    const handle = this.#inherited.claim(query) ?? bindSocket(query);
    if (typeof handle === 'number') return handle;
    const mode = (query.readableAll ? UV_READABLE : 0) | (query.writableAll ? UV_WRITABLE : 0);
    if (mode !== 0) handle.fchmod?.(mode);
    const sockname = {};
    const isSocket = handle.getsockname !== undefined && handle.getsockname(sockname) === 0;
    const listener = { key, handle, backlog: query.backlog, sockname: isSocket ? sockname : null, data: query.data };
    const { address, addressType } = query;
    if (addressType === -1 && address?.startsWith('/')) this.#paths.set(key, new SocketPath(address));
    this.#byKey.set(key, listener);
    this.#hold(key, workerId);
    return { listener, isNew: true };
  }

  /** The app closed its server in this worker; when no worker is left that wants it, so does the primary. */
  release(workerId: number, key: string): void {
    const holders = this.#holders.get(key);
    if (holders === undefined || !holders.delete(workerId) || holders.size > 0) return;
    this.#close(key);
  }

  /** The worker is gone, which closes nothing: its successor will want the same sockets. */
  forget(workerId: number): void {
    for (const holders of this.#holders.values()) holders.delete(workerId);
  }

  /** Closes what no worker holds: sockets that a new version of the app does not listen on. */
  closeUnheld(): void {
    for (const [key, holders] of this.#holders) if (holders.size === 0) this.#close(key);
  }

  closeAll(): void {
    for (const key of [...this.#byKey.keys()]) this.#close(key);
  }

  #hold(key: string, workerId: number): void {
    const holders = this.#holders.get(key) ?? new Set<number>();
    this.#holders.set(key, holders);
    holders.add(workerId);
  }

  #close(key: string): void {
    this.#byKey.get(key)?.handle.close();
    this.#paths.get(key)?.remove();
    this.#paths.delete(key);
    this.#byKey.delete(key);
    this.#holders.delete(key);
  }
}

import net from 'node:net';

/** A `TCP` or `Pipe` handle of Node's own bindings. */
export interface NativeHandle {
  onconnection?: (error: number, client: NativeHandle) => void;
  listen(backlog: number): number;
  close(): void;
  getsockname?(out: object): number;
  getpeername?(out: object): number;
  fchmod?(mode: number): number;
  unref?(): void;
}

/** Whether a value that came over IPC is such a handle, and not a `Socket` or `Server` around one. */
export function isNativeHandle(value: unknown): value is NativeHandle {
  const { close, listen } = value as Partial<NativeHandle>;
  return typeof close === 'function' && typeof listen === 'function';
}

interface NetInternals {
  _createServerHandle(
    address: string | null,
    port: number | null,
    addressType: number | string | null,
    fd: number | null,
    flags: number,
  ): NativeHandle | number;
}

/**
 * Binds a socket the way `net.Server` would, without listening on it.
 *
 * @returns the handle, or a negative errno (`EADDRINUSE` among them, which libuv reports late)
 */
export function bindSocket(query: {
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: number | string | null;
  readonly fd: number | null;
  readonly flags: number;
}): NativeHandle | number {
  const { address, port, addressType, fd, flags } = query;
  const handle = (net as unknown as NetInternals)._createServerHandle(address, port, addressType, fd ?? -1, flags);
  if (typeof handle === 'number') return handle;
  const errno = handle.getsockname?.({}) ?? 0;
  if (errno === 0) return handle;
  handle.close();
  return errno;
}

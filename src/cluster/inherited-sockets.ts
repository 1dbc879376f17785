import type { ListenQuery } from '../ipc/protocol.ts';
import { bindSocket, type NativeHandle } from './native.ts';

/** By the protocol of systemd's socket activation (sd_listen_fds(3)) the descriptors begin here. */
const FIRST_DESCRIPTOR = 3;
const MOST_DESCRIPTORS = 64;
const WILDCARDS: readonly string[] = ['0.0.0.0', '::'];

/** What is wrong with the sockets that the runtime was started with. */
export class InheritedSocketError extends Error {
  readonly code = 'INHERITED_SOCKETS_UNUSABLE';
}

interface InheritedSocket {
  readonly handle: NativeHandle;
  readonly address: string;
  readonly port: number;
}

/**
 * Sockets that were bound before the runtime began, and that outlive it: systemd keeps them through a restart, so that clients wait in the
 * kernel's queue and are not refused. Workers that listen on such a port get them instead of new ones.
 */
export class InheritedSockets {
  readonly #sockets: InheritedSocket[];

  private constructor(sockets: InheritedSocket[]) {
    this.#sockets = sockets;
  }

  static none(): InheritedSockets {
    return new InheritedSockets([]);
  }

  /**
   * Takes what `LISTEN_PID` and `LISTEN_FDS` of the environment name, and takes these out of it: they are not for children.
   *
   * @param pid of this process; descriptors for another one are left alone
   * @throws InheritedSocketError when the count makes no sense, or a descriptor is no TCP socket
   */
  static take(env: NodeJS.ProcessEnv, pid: number): InheritedSockets {
    const { LISTEN_PID: owner, LISTEN_FDS: count } = env;
    if (count === undefined || owner !== String(pid)) return InheritedSockets.none();
    for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete env[name];
    if (!/^\d+$/.test(count) || Number(count) > MOST_DESCRIPTORS) {
      throw new InheritedSocketError(
        `LISTEN_FDS: ${JSON.stringify(count)} is not allowed; 0 to ${MOST_DESCRIPTORS} are`,
      );
    }
    return new InheritedSockets(Array.from({ length: Number(count) }, (_, index) => open(FIRST_DESCRIPTOR + index)));
  }

  /**
   * The socket for a worker's `listen()`, for good; undefined: there is none on that port. Of several on the same port the one with the
   * same address is taken, else the first.
   */
  claim({ address, port, addressType, fd }: ListenQuery): NativeHandle | undefined {
    if ((fd ?? -1) >= 0 || addressType === -1) return undefined;
    const onPort = this.#sockets.filter((socket) => socket.port === port);
    const chosen = onPort.find((socket) => sameAddress(socket.address, address)) ?? onPort[0];
    if (chosen === undefined) return undefined;
    this.#sockets.splice(this.#sockets.indexOf(chosen), 1);
    return chosen.handle;
  }

  /** As `address:port`, those that no worker has asked for. */
  unclaimed(): readonly string[] {
    return this.#sockets.map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`);
  }
}

function open(fd: number): InheritedSocket {
  const handle = handleOf(fd);
  const name: { address?: string; port?: number } = {};
  const isTcp = handle?.getsockname?.(name) === 0;
  if (handle === undefined || !isTcp || name.address === undefined || name.port === undefined) {
    throw new InheritedSocketError(
      `descriptor ${fd}, given by LISTEN_FDS, is no TCP socket; in the socket unit, give ListenStream= a port`,
    );
  }
  return { handle, address: name.address, port: name.port };
}

function handleOf(fd: number): NativeHandle | undefined {
  try {
    const handle = bindSocket({ address: null, port: null, addressType: null, fd, flags: 0 });
    return typeof handle === 'number' ? undefined : handle;
  } catch {
    return undefined; // a file, or nothing at all
  }
}

function sameAddress(bound: string, asked: string | null): boolean {
  return bound === asked || (WILDCARDS.includes(bound) && (asked === null || WILDCARDS.includes(asked)));
}

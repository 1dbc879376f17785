import { subscribe } from 'node:diagnostics_channel';
import { type Arrival, arrivalOf } from '../../ipc/arrival.ts';
import type { NetworkList } from '../../ipc/network-list.ts';
import { peerAddress } from '../../ipc/peer-address.ts';
import { readPrefaceOf } from '../../ipc/proxy-preface.ts';
import { deliverWith } from './arrival.ts';
import type { Connection, ServerKind } from './connection-state.ts';
import type { Connections } from './connections.ts';
import type { HttpSocket, NativeHandle } from './internals.ts';
import type { ListeningHandle } from './listening-handle.ts';

/** Gives connections to the app's servers, and registers each with what is known of it. */
export class Delivery {
  readonly #connections: Connections;
  readonly #proxies: NetworkList | null;
  /** The listener whose `deliver` runs right now: the socket announced meanwhile is its. */
  #listener: ListeningHandle | null = null;
  #kind: ServerKind = 'other';
  #delivered: Connection | undefined;

  /** @param proxies peers whose connections begin with a PROXY header; null: none */
  constructor(connections: Connections, proxies: NetworkList | null) {
    this.#connections = connections;
    this.#proxies = proxies;
  }

  /** Hooks Node's own announcement of sockets; once per process. */
  install(): void {
    subscribe('net.server.socket', (message) => {
      const listener = this.#listener;
      if (listener === null) return;
      const { socket } = message as { socket: HttpSocket };
      this.#delivered = this.#connections.add(socket, listener.key, this.#kind);
    });
  }

  /** What this worker has accepted by itself. */
  onAccepted(listener: ListeningHandle, error: number, client: NativeHandle): void {
    if (error === 0 && this.#proxies?.has(peerAddress(client))) this.#readPreface(listener, client);
    else this.deliver(listener, error, client);
  }

  /** False: the listener is closed; undefined: the server dropped the connection. */
  deliver(
    listener: ListeningHandle,
    error: number,
    client: NativeHandle | undefined,
    kind: ServerKind = listener.kind,
    arrival?: Arrival,
  ): Connection | undefined | false {
    this.#listener = listener;
    this.#kind = kind;
    this.#delivered = undefined;
    try {
      const taken = deliverWith(arrival, listener.server, client, () => listener.deliver(error, client));
      if (this.#delivered !== undefined && arrival !== undefined) Object.assign(this.#delivered, keptOf(arrival));
      return taken ? this.#delivered : false;
    } finally {
      this.#listener = null;
    }
  }

  /** From a proxy: the app gets it when the client is known. */
  #readPreface(listener: ListeningHandle, handle: NativeHandle): void {
    this.#connections.prefaces += 1;
    readPrefaceOf(
      handle,
      ({ client }, rest) => {
        if (this.deliver(listener, 0, handle, listener.kind, arrivalOf(client, rest)) === false) handle.close();
      },
      () => {
        this.#connections.prefaces -= 1;
      },
    );
  }
}

/** What stays true of a connection for all its life. */
function keptOf({ client, first, upgrade }: Arrival): Partial<Connection> {
  return {
    ...(client !== undefined && { client }),
    ...(first !== undefined && { begun: true }),
    ...(upgrade && { onlyUpgrade: true }),
  };
}

import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import { type Arrival, arrivalOf } from '../../ipc/arrival.ts';
import type { NetworkList } from '../../ipc/network-list.ts';
import type { AgentMessage, ListenGranted, ListenQuery } from '../../ipc/protocol.ts';
import { readPrefaceOf } from '../../ipc/proxy-preface.ts';
import type { AcceptGate } from './accept-gate.ts';
import { deliverWith } from './arrival.ts';
import type { Connection, ServerKind } from './connection-state.ts';
import type { Connections } from './connections.ts';
import { GatewayEntrance } from './gateway-entrance.ts';
import type {
  ClusterInternals,
  ClusterListenCallback,
  ClusterListenOptions,
  ClusterServer,
  HttpSocket,
  NativeHandle,
} from './internals.ts';
import { listenError } from './listen-error.ts';
import { ListeningHandle } from './listening-handle.ts';
import { LoopHold } from './loop-hold.ts';

interface Pending {
  readonly server: ClusterServer;
  readonly options: ClusterListenOptions;
  readonly index: { readonly of: string; readonly value: number };
  readonly callback: ClusterListenCallback;
}

/**
 * Answers the app's `listen()` calls in the place of Node's cluster module: the primary owns every bound socket, this worker
 * gets a copy to accept on, or connections handed over. Everything else a server can do stays Node's own code.
 */
export class ListenTakeover {
  readonly #listeners: Set<ListeningHandle>;
  readonly #send: (message: AgentMessage) => void;
  readonly #connections: Connections;
  readonly #gate: Pick<AcceptGate, 'onAccept' | 'paused'>;
  readonly #proxies: NetworkList | null;
  readonly #pending = new Map<number, Pending>();
  readonly #byKey = new Map<string, ListeningHandle>();
  readonly #indexes = new Map<string, Set<number>>();
  #nextRequest = 1;
  /** A script that only listens must not end before the primary has answered. */
  readonly #answers = new LoopHold();
  /** The listener whose `deliver` runs right now: the socket announced meanwhile is its. */
  #delivering: ListeningHandle | null = null;
  #deliveringKind: ServerKind = 'other';
  #delivered: Connection | undefined;

  constructor(options: {
    listeners: Set<ListeningHandle>;
    send: (message: AgentMessage) => void;
    connections: Connections;
    gate: Pick<AcceptGate, 'onAccept' | 'paused'>;
    /** Peers whose connections begin with a PROXY header; null: none. */
    proxies: NetworkList | null;
  }) {
    this.#proxies = options.proxies;
    this.#send = options.send;
    this.#connections = options.connections;
    this.#gate = options.gate;
    this.#listeners = options.listeners;
  }

  install(): void {
    const internals = cluster as unknown as ClusterInternals;
    const nodesOwn = internals._getServer;
    internals._getServer = (server, options, callback) => {
      const isDatagram = typeof (server as { bind?: unknown }).bind === 'function';
      if (!isDatagram) return this.#listen(server as ClusterServer, options, callback);
      this.#answers.acquire();
      nodesOwn.call(internals, server, options, (errno, handle) => {
        this.#answers.release();
        callback(errno, handle);
      });
    };
    subscribe('net.server.socket', (message) => {
      const listener = this.#delivering;
      if (listener === null) return;
      const { socket } = message as { socket: HttpSocket };
      this.#delivered = this.#connections.add(socket, listener.key, this.#deliveringKind);
    });
    // A listen that passes the cluster module by (`exclusive`, `reusePort`) still makes the worker ready.
    subscribe('tracing:net.server.listen:asyncEnd', (message) => {
      const { server } = message as { server: ClusterServer & { _handle?: unknown } };
      if (server._handle instanceof ListeningHandle || GatewayEntrance.isOne(server)) return;
      this.#send({ type: 'listening', key: '', text: describeAddress(server) });
    });
  }

  /** A connection from the primary. False: nobody here listens for it any more; undefined: the server dropped it. */
  deliver(key: string, client: NativeHandle, arrival?: Arrival): Connection | undefined | false {
    const listener = this.#byKey.get(key);
    if (listener === undefined) return false;
    return this.#deliverTo(listener, 0, client, arrival?.upgrade ? 'gateway' : listener.kind, arrival);
  }

  onFailed(request: number, errno: number): void {
    const pending = this.#pending.get(request);
    if (pending === undefined) return;
    this.#pending.delete(request);
    this.#answers.release();
    this.#releaseIndex(pending.index);
    pending.server.emit('error', listenError(errno, pending.options));
  }

  /** The primary said yes; `shared` is the bound socket, or null where connections will be handed over. */
  onGranted(granted: ListenGranted, shared: NativeHandle | null): void {
    const pending = this.#pending.get(granted.request);
    if (pending === undefined) shared?.close();
    else this.#finish(pending, granted, shared);
  }

  stopAccepting(): void {
    for (const listener of this.#listeners) listener.stopAccepting();
  }

  #listen(server: ClusterServer, options: ClusterListenOptions, callback: ClusterListenCallback): void {
    const isPath = (options.port ?? 0) < 0 && typeof options.address === 'string';
    const address = isPath && typeof options.address === 'string' ? absolute(options.address) : options.address;
    const of = [address, options.port, options.addressType, options.fd].join(':');
    const index = { of, value: this.#takeIndex(of) };
    const request = this.#nextRequest++;
    this.#pending.set(request, { server, options, index, callback });
    this.#answers.acquire();
    const query: ListenQuery = {
      isHttp: kindOf(server) === 'http',
      address,
      port: options.port,
      addressType: options.addressType,
      fd: options.fd ?? null,
      flags: options.flags ?? 0,
      backlog: options.backlog || 511,
      index: index.value,
      readableAll: options.readableAll ?? false,
      writableAll: options.writableAll ?? false,
      data: server._getServerData?.() ?? null,
    };
    this.#send({ type: 'listen', request, query });
  }

  #finish(pending: Pending, granted: ListenGranted, shared: NativeHandle | null): void {
    this.#pending.delete(granted.request);
    this.#answers.release();
    const { server, index, callback } = pending;
    if (granted.data !== null) server._setServerData?.(granted.data);
    const { key, gatewayPath } = granted;
    const entrance =
      gatewayPath === null
        ? null
        : new GatewayEntrance(gatewayPath, (error, client) => this.#deliverTo(listener, error, client, 'gateway'));
    const listener: ListeningHandle = new ListeningHandle({
      key,
      kind: kindOf(server),
      server,
      shared,
      sockname: granted.sockname,
      accept: (error, client) => {
        this.#gate.onAccept();
        if (error === 0 && this.#proxies?.has(peerAddress(client))) this.#readPreface(listener, client);
        else this.#deliverTo(listener, error, client);
      },
      startsPaused: () => this.#gate.paused,
      onClose: () => {
        entrance?.close();
        this.#listeners.delete(listener);
        this.#byKey.delete(key);
        this.#releaseIndex(index);
        this.#send({ type: 'unlisten', key });
      },
    });
    this.#listeners.add(listener);
    this.#byKey.set(key, listener);
    this.#connections.observeServer(server);
    callback(0, listener);
    if (listener.closed) return; // the kernel refused after all, which the app learns by now
    server.once('listening', () => {
      const tell = (): void => {
        if (!listener.closed) this.#send({ type: 'listening', key, text: describeAddress(server) });
      };
      if (entrance === null) tell();
      else entrance.open((error) => (error === null ? tell() : server.emit('error', error)));
    });
  }

  #deliverTo(
    listener: ListeningHandle,
    error: number,
    client: NativeHandle | undefined,
    kind: ServerKind = listener.kind,
    arrival?: Arrival,
  ): Connection | undefined | false {
    this.#delivering = listener;
    this.#deliveringKind = kind;
    this.#delivered = undefined;
    try {
      const taken = deliverWith(arrival, listener.server, client, () => listener.deliver(error, client));
      if (this.#delivered !== undefined && arrival !== undefined) Object.assign(this.#delivered, keptOf(arrival));
      return taken ? this.#delivered : false;
    } finally {
      this.#delivering = null;
    }
  }

  /** Accepted here from a proxy: the app gets it when the client is known. */
  #readPreface(listener: ListeningHandle, handle: NativeHandle): void {
    this.#connections.prefaces += 1;
    readPrefaceOf(
      handle,
      ({ client }, rest) => {
        if (this.#deliverTo(listener, 0, handle, listener.kind, arrivalOf(client, rest)) === false) handle.close();
      },
      () => {
        this.#connections.prefaces -= 1;
      },
    );
  }

  #takeIndex(of: string): number {
    const taken = this.#indexes.get(of) ?? new Set<number>();
    this.#indexes.set(of, taken);
    let value = 0;
    while (taken.has(value)) value += 1;
    taken.add(value);
    return value;
  }

  #releaseIndex(index: Pending['index']): void {
    this.#indexes.get(index.of)?.delete(index.value);
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

function peerAddress(handle: NativeHandle): string {
  const out: { address?: string } = {};
  handle.getpeername?.(out);
  return out.address ?? '';
}

function absolute(address: string): string {
  return address.startsWith('\0') ? address : path.resolve(address);
}

/** By what a server can do, so that no protocol module is loaded that the app itself does not use. */
function kindOf(server: ClusterServer): ServerKind {
  const duck = server as { closeIdleConnections?: unknown; setSecureContext?: unknown };
  if (server.updateSettings !== undefined) return 'http2';
  if (typeof duck.closeIdleConnections !== 'function') return 'other';
  return duck.setSecureContext === undefined ? 'http' : 'https';
}

function describeAddress(server: ClusterServer): string {
  const address = server.address();
  if (address === null) return '';
  if (typeof address === 'string') return address;
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import type { Arrival } from '../../ipc/arrival.ts';
import type { AgentMessage, ListenGranted, ListenQuery } from '../../ipc/protocol.ts';
import type { AcceptGate } from './accept-gate.ts';
import { describeAddress, kindOf } from './app-server.ts';
import type { Connection } from './connection-state.ts';
import type { Connections } from './connections.ts';
import type { Delivery } from './delivery.ts';
import { GatewayEntrance } from './gateway-entrance.ts';
import type {
  ClusterInternals,
  ClusterListenCallback,
  ClusterListenOptions,
  ClusterServer,
  NativeHandle,
} from './internals.ts';
import { listenError } from './listen-error.ts';
import { type ListenIndex, ListenIndexes } from './listen-indexes.ts';
import { ListeningHandle } from './listening-handle.ts';
import { LoopHold } from './loop-hold.ts';

interface Pending {
  readonly server: ClusterServer;
  readonly options: ClusterListenOptions;
  readonly index: ListenIndex;
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
  readonly #delivery: Delivery;
  readonly #pending = new Map<number, Pending>();
  readonly #byKey = new Map<string, ListeningHandle>();
  readonly #indexes = new ListenIndexes();
  #nextRequest = 1;
  /** A script that only listens must not end before the primary has answered. */
  readonly #answers = new LoopHold();

  constructor(options: {
    listeners: Set<ListeningHandle>;
    send: (message: AgentMessage) => void;
    connections: Connections;
    gate: Pick<AcceptGate, 'onAccept' | 'paused'>;
    delivery: Delivery;
  }) {
    this.#delivery = options.delivery;
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
    return this.#delivery.deliver(listener, 0, client, arrival?.upgrade ? 'gateway' : listener.kind, arrival);
  }

  onFailed(request: number, errno: number): void {
    const pending = this.#pending.get(request);
    if (pending === undefined) return;
    this.#pending.delete(request);
    this.#answers.release();
    this.#indexes.release(pending.index);
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
    const index = this.#indexes.take([address, options.port, options.addressType, options.fd].join(':'));
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
        : new GatewayEntrance(gatewayPath, (error, client) =>
            this.#delivery.deliver(listener, error, client, 'gateway'),
          );
    const listener: ListeningHandle = new ListeningHandle({
      key,
      kind: kindOf(server),
      server,
      shared,
      sockname: granted.sockname,
      accept: (error, client) => {
        this.#gate.onAccept();
        this.#delivery.onAccepted(listener, error, client);
      },
      startsPaused: () => this.#gate.paused,
      onClose: () => {
        entrance?.close();
        this.#listeners.delete(listener);
        this.#byKey.delete(key);
        this.#indexes.release(index);
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
}

function absolute(address: string): string {
  return address.startsWith('\0') ? address : path.resolve(address);
}

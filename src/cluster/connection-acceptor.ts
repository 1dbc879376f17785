import path from 'node:path';
import { type Arrival, arrivalOf, carried } from '../ipc/arrival.ts';
import type { NetworkList } from '../ipc/network-list.ts';
import { peerAddress } from '../ipc/peer-address.ts';
import { HANDLE_COMMAND, type ListenQuery } from '../ipc/protocol.ts';
import { readPrefaceOf } from '../ipc/proxy-preface.ts';
import { BoundListeners } from './bound-listeners.ts';
import { addressOf, type ConnectionDispatcher } from './connection-dispatcher.ts';
import type { Gateway } from './gateway.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { listenFailure } from './listen-failure.ts';
import type { NativeHandle } from './native.ts';
import { withinMs } from './within-ms.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { ListenObserver } from './worker-observers.ts';

/** How long clients of a server that the app has closed may take for what is under way. */
const CLOSED_SERVER_MS = 30_000;
/** How long `close` takes connections that clients have already made, while new ones keep coming. */
const LAST_ACCEPTS_MS = 50;
/** How long `close` keeps workers for what a gateway's clients have begun to send; what takes longer is in a worker by then. */
const LAST_REQUESTS_MS = 1_500;
/** How long `close` waits for workers to say that they give nothing away any more; one whose event loop is blocked says nothing. */
const LAST_MOVES_MS = 2_000;

/**
 * Owns the sockets that the app listens on. `hand-over`: the primary accepts on them, and the dispatcher brings each connection to a
 * worker. `shared`: workers accept by themselves on the primary's socket, which it binds but never listens on. In http mode the gateway
 * accepts, and workers take its connections at entrances of their own.
 */
export class ConnectionAcceptor implements ListenObserver<WorkerHandle> {
  readonly #listeners: BoundListeners;
  readonly #dispatcher: ConnectionDispatcher;
  readonly #handOver: boolean;
  readonly #gateway: Gateway | null;
  readonly #entrances: string;
  readonly #proxies: NetworkList | null;
  #accepted = 0;
  /** Connections of proxies that have not said yet who their clients are. */
  #prefaces = 0;
  #closing = false;
  #gatewayClosed: Promise<void> = Promise.resolve();

  constructor(options: {
    readonly dispatcher: ConnectionDispatcher;
    readonly handOver: boolean;
    /** Takes plain HTTP listeners over; the others are served as if there were none. */
    readonly gateway?: Gateway | null;
    /** Directory of the unix sockets on which workers take the gateway's connections. */
    readonly entrances?: string;
    /** Peers whose connections begin with a PROXY header; null: none. */
    readonly proxies?: NetworkList | null;
    /** Sockets that were bound before the runtime began. */
    readonly inherited?: InheritedSockets;
  }) {
    this.#listeners = new BoundListeners(options.inherited);
    this.#dispatcher = options.dispatcher;
    this.#handOver = options.handOver;
    this.#gateway = options.gateway ?? null;
    this.#entrances = options.entrances ?? '';
    this.#proxies = options.proxies ?? null;
    if (this.#gateway !== null) {
      this.#gateway.onHandOver = (key, workerName, arrival, handle) =>
        this.#onHandOver(key, workerName, arrival, handle);
    }
  }

  /** Answers a worker's `listen()`. */
  onListen(worker: WorkerHandle, request: number, query: ListenQuery): void {
    // A worker that is told to leave while it starts would accept connections after it has said that it is empty.
    if (this.#closing || !worker.isActive) return;
    const obtained = this.#listeners.obtain(worker.id, query);
    if (typeof obtained === 'number') {
      this.#refuse(worker, request, query, obtained);
      return;
    }
    const { listener, isNew } = obtained;
    const { key, data, sockname, handle } = listener;
    if (this.#gateway !== null && query.isHttp) {
      if (isNew) this.#gateway.listen(key, handle);
      const gatewayPath = path.join(this.#entrances, `w${worker.id}-${worker.nextEntrance()}.sock`);
      worker.gatewayEntrances.set(key, gatewayPath);
      worker.send({ type: 'listen-handed', request, key, data, sockname, gatewayPath });
      return;
    }
    if (this.#handOver) {
      const errno = isNew ? this.#accept(key, handle, listener.backlog) : 0;
      if (errno === 0) worker.send({ type: 'listen-handed', request, key, data, sockname, gatewayPath: null });
      else {
        this.#listeners.release(worker.id, key); // or the next worker would be told that it listens
        this.#refuse(worker, request, query, errno);
      }
      return;
    }
    const message = { cmd: HANDLE_COMMAND, type: 'listener', request, key, data, sockname, gatewayPath: null } as const;
    worker.outbox.push({ message, handle, onDelivered: () => {} });
  }

  #refuse(worker: WorkerHandle, request: number, query: ListenQuery, errno: number): void {
    worker.listenFailure = listenFailure(query, errno);
    worker.send({ type: 'listen-failed', request, errno });
  }

  /** The app has closed its server in this worker. */
  onUnlisten(worker: WorkerHandle, key: string): void {
    if (worker.isActive) this.#listeners.release(worker.id, key);
    if (worker.gatewayEntrances.delete(key)) this.#gateway?.withdraw(key, `worker-${worker.id}`);
    this.#closeInGateway();
  }

  /** A worker is ready, or listens on something more. */
  onReady(worker: WorkerHandle): void {
    const { id, slot, load } = worker;
    for (const [key, socketPath] of worker.gatewayEntrances) {
      if (!worker.keys.has(key)) continue;
      this.#gateway?.add(key, { name: `worker-${id}`, socketPath, slot, weight: load.weight });
    }
  }

  /** A worker is about to leave. Resolves when no gateway sends it anything new: before, it must not close a connection. */
  onLeaving(worker: WorkerHandle): Promise<void> | null {
    return this.#gateway?.drain(`worker-${worker.id}`) ?? null;
  }

  /** A worker that was about to leave for a while is back. What it still has from before goes on. */
  onBack(worker: WorkerHandle): void {
    this.#gateway?.remove(`worker-${worker.id}`);
    this.onReady(worker);
    this.#dispatcher.onAvailable();
  }

  /** The worker has ended. */
  onGone(worker: WorkerHandle): void {
    this.#gateway?.remove(`worker-${worker.id}`);
    this.#listeners.forget(worker.id);
  }

  /** After a reload: sockets that the new version does not listen on are closed. */
  closeUnheld(): void {
    this.#listeners.closeUnheld();
    this.#closeInGateway();
  }

  /**
   * No new connections from now on. Those that clients have already made are taken first, else the kernel would reset them
   * with the requests they carry; then every connection held here goes to a worker, even one that is blocked at the moment.
   *
   * @param held resolves when no worker gives a connection away any more
   * @param drainMs how long clients of a gateway may take for what is under way
   */
  async close(held: Promise<unknown> = Promise.resolve(), drainMs = 0): Promise<void> {
    this.#closing = true;
    this.#gatewayClosed = this.#gateway?.close(drainMs) ?? Promise.resolve();
    await withinMs(this.#gatewayClosed, LAST_REQUESTS_MS);
    const endMs = Date.now() + LAST_ACCEPTS_MS;
    for (let before = -1; (before !== this.#accepted || this.#prefaces > 0) && Date.now() < endMs; ) {
      before = this.#accepted;
      // A turn of the event loop accepts one connection; it may have polled already when the first of these comes.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#listeners.closeAll();
    await withinMs(held, LAST_MOVES_MS);
    this.#dispatcher.close();
  }

  /** All workers have left. */
  async end(): Promise<void> {
    await this.#gatewayClosed;
    this.#gateway?.end();
  }

  /** Nobody is waited for any more. */
  kill(): void {
    this.#gateway?.kill();
  }

  /** A gateway process gives a client's connection to a worker for good. */
  #onHandOver(key: string, workerName: string, arrival: Arrival, handle: NativeHandle): void {
    const address = addressOf(handle, arrival);
    const passenger = { key, handle, moved: null, arrival, address, from: null, sinceMs: Date.now() };
    this.#dispatcher.offer(passenger, Number(workerName.slice('worker-'.length)));
  }

  #closeInGateway(): void {
    this.#gateway?.keep((key) => this.#listeners.get(key) !== undefined, CLOSED_SERVER_MS);
  }

  #accept(key: string, handle: NativeHandle, backlog: number): number {
    handle.onconnection = (error, client) => {
      if (error !== 0) return; // the connection is gone already, or descriptors ran out: the kernel keeps the rest queued
      this.#accepted += 1;
      if (this.#proxies?.has(peerAddress(client))) this.#readPreface(key, client);
      else this.#dispatcher.route({ key, handle: client, moved: null, address: '', from: null, sinceMs: Date.now() });
    };
    return handle.listen(backlog);
  }

  /** The policy goes by the client, so the proxy is heard first. */
  #readPreface(key: string, handle: NativeHandle): void {
    this.#prefaces += 1;
    readPrefaceOf(
      handle,
      ({ client }, rest) => {
        const arrival = arrivalOf(client, rest);
        const address = addressOf(handle, arrival);
        this.#dispatcher.route({
          key,
          handle,
          moved: null,
          ...carried(arrival),
          address,
          from: null,
          sinceMs: Date.now(),
        });
      },
      () => {
        this.#prefaces -= 1;
      },
    );
  }
}

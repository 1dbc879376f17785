import path from 'node:path';
import { type Arrival, arrivalOf, carried } from '../ipc/arrival.ts';
import type { NetworkList } from '../ipc/network-list.ts';
import { HANDLE_COMMAND, type HandleMessage, type ListenQuery } from '../ipc/protocol.ts';
import { readPrefaceOf } from '../ipc/proxy-preface.ts';
import type { PickContext, Policy } from '../scaling/balancing/policy.ts';
import { BoundListeners } from './bound-listeners.ts';
import type { Gateway } from './gateway.ts';
import { type NativeHandle, peerAddress } from './native.ts';
import { type Passenger, WaitingConnections } from './waiting-connections.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { Parcel } from './worker-outbox.ts';
import type { WorkerPool } from './worker-pool.ts';

/** A worker that has not taken a connection for this long is blocked: what waits behind it goes to others. */
const STALLED_MS = 250;
/** How long clients of a server that the app has closed may take for what is under way. */
const CLOSED_SERVER_MS = 30_000;
/** How long `close` takes connections that clients have already made, while new ones keep coming. */
const LAST_ACCEPTS_MS = 50;
/** How long `close` keeps workers for what a gateway's clients have begun to send; what takes longer is in a worker by then. */
const LAST_REQUESTS_MS = 1_500;
/** How long `close` waits for workers to say that they give nothing away any more; one whose event loop is blocked says nothing. */
const LAST_MOVES_MS = 2_000;

/**
 * Brings connections to workers. `hand-over`: the primary accepts, picks a worker by the policy and sends the socket.
 * `shared`: workers accept by themselves on the primary's socket, which it binds but never listens on. In both ways
 * connections that a worker gives away pass through here; a connection is held until its next worker has it.
 */
export class ConnectionAcceptor {
  readonly #pool: WorkerPool;
  readonly #listeners = new BoundListeners();
  readonly #policy: Policy;
  readonly #handOver: boolean;
  readonly #gateway: Gateway | null;
  readonly #entrances: string;
  readonly #proxies: NetworkList | null;
  readonly #onActivity: () => void;
  readonly #context: { nowMs: number; random: () => number; key: string } & PickContext;
  readonly #waiting = new WaitingConnections();
  readonly #inTransit = new Map<Parcel, Passenger>();
  #accepted = 0;
  /** Connections of proxies that have not said yet who their clients are. */
  #prefaces = 0;
  #shed = 0;
  #closing = false;
  #gatewayClosed: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: {
    readonly pool: WorkerPool;
    readonly policy: Policy;
    readonly handOver: boolean;
    /** Takes plain HTTP listeners over; the others are served as if there were none. */
    readonly gateway?: Gateway | null;
    /** Directory of the unix sockets on which workers take the gateway's connections. */
    readonly entrances?: string;
    /** Peers whose connections begin with a PROXY header; null: none. */
    readonly proxies?: NetworkList | null;
    readonly random: () => number;
    /** A connection is on its way: `sweep` has something to look at. */
    readonly onActivity: () => void;
  }) {
    this.#pool = options.pool;
    this.#policy = options.policy;
    this.#handOver = options.handOver;
    this.#gateway = options.gateway ?? null;
    this.#entrances = options.entrances ?? '';
    this.#proxies = options.proxies ?? null;
    if (this.#gateway !== null) {
      this.#gateway.onHandOver = (key, workerName, arrival, handle) =>
        this.#onHandOver(key, workerName, arrival, handle);
    }
    this.#onActivity = options.onActivity;
    this.#context = { nowMs: 0, random: options.random, key: '' };
  }

  /** Whether connections are on their way, so that `sweep` has something to look at. */
  get busy(): boolean {
    return this.#inTransit.size > 0 || this.#waiting.length > 0;
  }

  /** Connections waiting for a worker, and those given up for want of one. */
  get status(): { readonly parked: number; readonly shed: number } {
    return { parked: this.#waiting.length, shed: this.#shed };
  }

  /** Answers a worker's `listen()`. */
  listen(worker: WorkerHandle, request: number, query: ListenQuery): void {
    // A worker that is told to leave while it starts would accept connections after it has said that it is empty.
    if (this.#closing || !worker.isActive) return;
    const obtained = this.#listeners.obtain(worker.id, query);
    if (typeof obtained === 'number') {
      worker.send({ type: 'listen-failed', request, errno: obtained });
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
        worker.send({ type: 'listen-failed', request, errno });
      }
      return;
    }
    const message = { cmd: HANDLE_COMMAND, type: 'listener', request, key, data, sockname, gatewayPath: null } as const;
    worker.post({ message, handle, onDelivered: () => {} });
  }

  unlisten(worker: WorkerHandle, key: string): void {
    if (worker.isActive) this.#listeners.release(worker.id, key);
    if (worker.gatewayEntrances.delete(key)) this.#gateway?.withdraw(key, `worker-${worker.id}`);
    this.#closeInGateway();
  }

  /** A worker gives a connection away: to worker `to` if that can take it, else to whom the policy picks. */
  onMove(worker: WorkerHandle, message: HandleMessage & { type: 'move' }, handle: NativeHandle): void {
    const { key, moved, arrival } = message;
    const address = addressOf(handle, arrival);
    this.#offer({ key, handle, moved, ...carried(arrival), address, from: worker.id, sinceMs: Date.now() }, message.to);
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

  /** The worker has ended: what it never got goes to others. */
  onGone(worker: WorkerHandle): void {
    this.#gateway?.remove(`worker-${worker.id}`);
    this.#listeners.forget(worker.id);
    this.#reroute(worker.outbox.takeBackAll());
  }

  /** Somebody can take connections again. */
  onAvailable(): void {
    for (const passenger of this.#waiting.takeAll()) this.#route(passenger);
  }

  /**
   * To be called about ten times a second: looks for workers that take nothing, and for places for the connections that wait,
   * since a worker that was blocked takes connections again without a word.
   */
  sweep(nowMs: number): void {
    for (const { outbox } of this.#pool.all()) {
      if (!outbox.isOpen) this.#reroute(outbox.takeBackAll());
      else if (!this.#closed && outbox.stalledMs(nowMs) > STALLED_MS) this.#reroute(outbox.takeBackQueued());
    }
    for (const passenger of this.#waiting.takeLate(nowMs)) this.#drop(passenger);
    this.onAvailable();
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
    this.#closed = true;
    this.onAvailable();
  }

  /** All workers have left. */
  async end(): Promise<void> {
    await this.#gatewayClosed;
    this.#gateway?.end();
  }

  /** A gateway process gives a client's connection to a worker for good. */
  #onHandOver(key: string, workerName: string, arrival: Arrival, handle: NativeHandle): void {
    const address = addressOf(handle, arrival);
    const passenger = { key, handle, moved: null, arrival, address, from: null, sinceMs: Date.now() };
    this.#offer(passenger, Number(workerName.slice('worker-'.length)));
  }

  /** To worker `to` if that can take it, else to whom the policy picks. */
  #offer(passenger: Passenger, to: number | null): void {
    this.#onActivity();
    const wanted = to === null ? undefined : this.#pool.get(to);
    if (wanted?.load.available === true && wanted.keys.has(passenger.key)) this.#board(passenger, wanted);
    else this.#route(passenger);
  }

  #closeInGateway(): void {
    this.#gateway?.keep((key) => this.#listeners.get(key) !== undefined, CLOSED_SERVER_MS);
  }

  #accept(key: string, handle: NativeHandle, backlog: number): number {
    handle.onconnection = (error, client) => {
      if (error !== 0) return; // the connection is gone already, or descriptors ran out: the kernel keeps the rest queued
      this.#accepted += 1;
      if (this.#proxies?.has(peerAddress(client))) this.#readPreface(key, client);
      else this.#route({ key, handle: client, moved: null, address: '', from: null, sinceMs: Date.now() });
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
        this.#route({ key, handle, moved: null, ...carried(arrival), address, from: null, sinceMs: Date.now() });
      },
      () => {
        this.#prefaces -= 1;
      },
    );
  }

  #route(passenger: Passenger): void {
    this.#onActivity();
    const others = this.#candidates(passenger.key, passenger.from);
    // A worker that could go on serving it is better than none: the one it was meant for may be gone.
    const pool = others.length > 0 ? others : this.#candidates(passenger.key, null);
    this.#context.nowMs = Date.now();
    this.#context.key = passenger.address === '' ? peerAddress(passenger.handle) : passenger.address;
    const picked = this.#policy.pick(pool, this.#context);
    const worker = picked === undefined ? undefined : this.#pool.get(picked.id);
    if (worker !== undefined) this.#board(passenger, worker);
    else if (this.#closed || !this.#waiting.add(passenger)) this.#drop(passenger);
  }

  #candidates(key: string, from: number | null): WorkerHandle['load'][] {
    const nowMs = Date.now();
    const candidates = [];
    for (const worker of this.#pool.all()) {
      const { load, outbox } = worker;
      if (!load.available || !outbox.isOpen || worker.id === from || !worker.keys.has(key)) continue;
      if (this.#closed || outbox.stalledMs(nowMs) <= STALLED_MS) candidates.push(load);
    }
    return candidates;
  }

  /** Picked and claimed in one synchronous step. */
  #board(passenger: Passenger, worker: WorkerHandle): void {
    worker.load.claims += 1;
    worker.load.active += 1;
    const { key, handle, moved, arrival } = passenger;
    const parcel: Parcel = {
      message: { cmd: HANDLE_COMMAND, type: 'connection', key, moved, ...carried(arrival) },
      handle,
      onDelivered: () => {
        this.#inTransit.delete(parcel);
        handle.close();
      },
    };
    this.#inTransit.set(parcel, passenger);
    worker.post(parcel);
  }

  #reroute(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) {
      const passenger = this.#inTransit.get(parcel);
      this.#inTransit.delete(parcel);
      if (passenger !== undefined) this.#route(passenger);
    }
  }

  #drop(passenger: Passenger): void {
    this.#shed += 1;
    passenger.handle.close();
  }
}

function addressOf(handle: NativeHandle, arrival: Arrival | undefined): string {
  return arrival?.client?.address ?? peerAddress(handle);
}

async function withinMs(what: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([what, limit]);
  clearTimeout(timer);
}

import { type Arrival, carried } from '../ipc/arrival.ts';
import { peerAddress } from '../ipc/peer-address.ts';
import { HANDLE_COMMAND, type HandleMessage } from '../ipc/protocol.ts';
import type { PickContext, Policy } from '../scaling/balancing/policy.ts';
import type { NativeHandle } from './native.ts';
import { type Passenger, WaitingConnections } from './waiting-connections.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { MoveObserver } from './worker-observers.ts';
import type { Parcel } from './worker-outbox.ts';
import type { WorkerPool } from './worker-pool.ts';

/** A worker that has not taken a connection for this long is blocked: what waits behind it goes to others. */
const STALLED_MS = 250;

/**
 * Brings connections that the primary holds to workers: those it has accepted, and those that workers give away. Each is held until its
 * next worker has it.
 */
export class ConnectionDispatcher implements MoveObserver<WorkerHandle> {
  readonly #pool: WorkerPool;
  readonly #policy: Policy;
  readonly #onActivity: () => void;
  readonly #context: { nowMs: number; random: () => number; key: string } & PickContext;
  readonly #waiting = new WaitingConnections();
  readonly #inTransit = new Map<Parcel, Passenger>();
  #shed = 0;
  #closed = false;

  constructor(options: {
    readonly pool: WorkerPool;
    readonly policy: Policy;
    readonly random: () => number;
    /** A connection is on its way: `sweep` has something to look at. */
    readonly onActivity: () => void;
  }) {
    this.#pool = options.pool;
    this.#policy = options.policy;
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

  /** A worker gives a connection away: to worker `to` if that can take it, else to whom the policy picks. */
  onMove(worker: WorkerHandle, message: HandleMessage & { type: 'move' }, handle: NativeHandle): void {
    const { key, moved, arrival, to } = message;
    const address = addressOf(handle, arrival);
    this.offer({ key, handle, moved, ...carried(arrival), address, from: worker.id, sinceMs: Date.now() }, to);
  }

  /** To worker `to` if that can take it, else to whom the policy picks. */
  offer(passenger: Passenger, to: number | null): void {
    this.#onActivity();
    const wanted = to === null ? undefined : this.#pool.get(to);
    if (wanted?.load.available === true && wanted.keys.has(passenger.key)) this.#board(passenger, wanted);
    else this.route(passenger);
  }

  /** To whom the policy picks. */
  route(passenger: Passenger): void {
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

  /** The worker has ended: what it never got goes to others. */
  onGone(worker: WorkerHandle): void {
    this.#reroute(worker.outbox.takeBackAll());
  }

  /** Somebody can take connections again. */
  onAvailable(): void {
    for (const passenger of this.#waiting.takeAll()) this.route(passenger);
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

  /** The last have come: each goes to a worker now, even to one that is blocked at the moment, or is given up. */
  close(): void {
    this.#closed = true;
    this.onAvailable();
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
    worker.outbox.push(parcel);
  }

  #reroute(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) {
      const passenger = this.#inTransit.get(parcel);
      this.#inTransit.delete(parcel);
      if (passenger !== undefined) this.route(passenger);
    }
  }

  #drop(passenger: Passenger): void {
    this.#shed += 1;
    passenger.handle.close();
  }
}

/** Of the client, as a proxy or gateway has said, or as the socket knows. */
export function addressOf(handle: NativeHandle, arrival: Arrival | undefined): string {
  return arrival?.client?.address ?? peerAddress(handle);
}

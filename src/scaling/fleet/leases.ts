import type { SharedState } from '../state/shared-state.ts';
import { FleetError } from './errors.ts';
import type { FleetSnapshot } from './figures.ts';
import type { FleetKeys } from './keys.ts';
import {
  askAgain,
  connect,
  disconnect,
  grant,
  heartbeat,
  isActive,
  type Lease,
  refuse,
  requestedLease,
} from './lease.ts';
import { type LeaseView, leaseView, type StoredLease, settled } from './lease-record.ts';
import type { LeaseStore } from './lease-store.ts';
import { amountsOf, type Candidate, noRoom, place, type Refusal, refusalOf, type Wish } from './placement.ts';
import type { FleetSettings } from './settings.ts';
import { type LeaseRequest, sameWish, wishOf } from './wish.ts';

/** The outcome of a create; false: the lease was there, as an earlier try of the same request had made it. */
export interface Creation {
  readonly created: boolean;
  readonly lease: LeaseView;
}

export interface LeaseParts {
  readonly state: SharedState;
  readonly keys: FleetKeys;
  readonly store: LeaseStore;
  readonly settings: FleetSettings;
  readonly snapshot: () => Promise<FleetSnapshot>;
  /** Milliseconds until the store knows all that is leased; 0: it does. */
  readonly settlingMs: () => number;
  readonly nowMs: () => number;
  readonly newId: () => string;
}

/** How often a change is tried when others change the same lease at the same moment. */
const MAX_TRIES = 8;

/**
 * Leases of the fleet's slots. A lease is a record, what it takes is a reservation under a token that the record names. The record is
 * written before anything is taken, and what is taken is given back only after the record says that the lease is over: whatever dies
 * in between leaves a token that no living lease names, and the reaper gives it back.
 */
export class Leases {
  readonly #parts: LeaseParts;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  /**
   * Takes slots on the server that is used least, or nothing. Safe to repeat with an id.
   * @throws FleetError CAPACITY_UNKNOWN, NO_CAPACITY, QUOTA_EXCEEDED, BANDWIDTH_TOO_HIGH, LEASE_EXISTS, LEASE_PENDING, LEASE_ENDED,
   *   FLEET_BAD_ARGUMENT; StateError, after which it is known to nobody whether there is a lease: repeat it with the same id
   */
  async create(request: LeaseRequest): Promise<Creation> {
    const wish = wishOf(request);
    const id = request.id ?? this.#parts.newId();
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const known = request.id === undefined ? undefined : await this.#known(id, wish);
      if (known !== undefined && isActive(known.lease)) return { created: false, lease: this.#view(known) };
      this.#demandSettled();
      const { settings, store } = this.#parts;
      const placement = place(await this.#parts.snapshot(), settings.limits, wish);
      if (placement.kind === 'refused') throw refused(placement.refusal, settings);
      const asked = await store.write(this.#ask(id, wish, known?.lease), known?.version ?? 0);
      if (asked === undefined) continue;
      return { created: true, lease: this.#view(await this.#grant(asked, placement.candidates)) };
    }
    throw busy(id);
  }

  /** The lease comes into use; again without effect. @throws FleetError LEASE_NOT_FOUND, LEASE_ENDED, …; StateError */
  connect(id: string): Promise<LeaseView> {
    return this.#change(id, connect);
  }

  /**
   * The lease stays in use. If the store lost what is reserved for it, as at a failover, that is put right.
   * @throws FleetError LEASE_NOT_CONNECTED, LEASE_NOT_FOUND, LEASE_ENDED, …; StateError
   */
  async heartbeat(id: string): Promise<LeaseView> {
    return this.#change(id, heartbeat, ({ token, wish, status }) => {
      if (!('place' in status)) return Promise.resolve();
      const { serverId, bandwidthMbps } = status.place;
      const amounts = amountsOf(wish.owner, serverId, wish.slots, bandwidthMbps);
      return this.#parts.state.reservations.reserve(this.#parts.keys.amounts, token, amounts);
    });
  }

  /** The lease is over, its slots are free; again without effect. @throws FleetError LEASE_NOT_FOUND, LEASE_ENDED, …; StateError */
  disconnect(id: string): Promise<LeaseView> {
    return this.#change(id, disconnect, ({ token }) => this.#release(token));
  }

  /** Undefined: there is none, or it ended too long ago. */
  async get(id: string): Promise<LeaseView | undefined> {
    const stored = await this.#parts.store.read(id);
    return stored === undefined ? undefined : this.#view(settled(stored, this.#parts.nowMs()));
  }

  /** The lease of that id, if it may answer this request or be asked for again. */
  async #known(id: string, wish: Wish): Promise<StoredLease | undefined> {
    const found = await this.#parts.store.read(id);
    if (found === undefined) return undefined;
    const known = settled(found, this.#parts.nowMs());
    const { kind } = known.lease.status;
    if (!sameWish(known.lease.wish, wish)) throw new FleetError('LEASE_EXISTS', `Lease ${id} is another request's`);
    if (kind === 'requested') {
      throw new FleetError('LEASE_PENDING', `Lease ${id} is being granted at this moment`, { retryAfterMs: 1_000 });
    }
    if (kind === 'disconnected' || kind === 'expired') {
      throw new FleetError('LEASE_ENDED', `Lease ${id} is ${kind}; create a lease of another id`);
    }
    return known;
  }

  /** @throws FleetError CAPACITY_UNKNOWN */
  #demandSettled(): void {
    const retryAfterMs = this.#parts.settlingMs();
    if (retryAfterMs === 0) return;
    const message = 'The shared state has just changed over and does not know yet what is leased';
    throw new FleetError('CAPACITY_UNKNOWN', message, { retryAfterMs });
  }

  #ask(id: string, wish: Wish, known: Lease | undefined): Lease {
    const { newId, nowMs } = this.#parts;
    const token = `${id}@${newId()}`;
    return known === undefined ? requestedLease(id, token, wish, nowMs()) : askAgain(known, token, wish, nowMs());
  }

  async #grant(asked: StoredLease, candidates: readonly Candidate[]): Promise<StoredLease> {
    const { store, settings, nowMs } = this.#parts;
    const taken = await this.#take(asked, candidates).catch((error) => this.#giveUp(asked, error));
    if ('code' in taken) {
      await store.write(refuse(asked.lease, taken.code, nowMs()), asked.version);
      throw refused(taken, settings);
    }
    const { id: serverId, host, port, location } = taken.server;
    const where = { serverId, host, port, location, bandwidthMbps: taken.bandwidthMbps };
    const granted = await store.write(grant(asked.lease, where, nowMs()), asked.version);
    if (granted !== undefined) return granted;
    await this.#release(asked.lease.token);
    throw busy(asked.lease.id);
  }

  /** Reserves on the best candidate that still has room when its turn comes. */
  async #take({ lease }: StoredLease, candidates: readonly Candidate[]): Promise<Candidate | Refusal> {
    const { state, keys } = this.#parts;
    for (const candidate of candidates) {
      const result = await state.reservations.reserve(keys.amounts, lease.token, candidate.amounts);
      if (result.granted) return candidate;
      const refusal = refusalOf(result.name, result.used, result.max, lease.wish);
      if (refusal !== undefined) return refusal;
    }
    return noRoom(lease.wish);
  }

  /** It is not known what was taken. What cannot be put back now, the reaper puts back when the request lapses. */
  async #giveUp({ lease, version }: StoredLease, cause: unknown): Promise<never> {
    const { store, nowMs } = this.#parts;
    await Promise.allSettled([this.#release(lease.token), store.write(refuse(lease, 'ABANDONED', nowMs()), version)]);
    throw cause;
  }

  async #change(
    id: string,
    next: (lease: Lease, nowMs: number) => Lease,
    then: (lease: Lease) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<LeaseView> {
    const { store, nowMs } = this.#parts;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const found = await store.read(id);
      if (found === undefined) throw new FleetError('LEASE_NOT_FOUND', `There is no lease ${JSON.stringify(id)}`);
      const known = settled(found, nowMs());
      const lease = next(known.lease, nowMs());
      const written = lease === known.lease ? known : await store.write(lease, known.version);
      if (written === undefined) continue;
      await then(lease);
      return this.#view(written);
    }
    throw busy(id);
  }

  async #release(token: string): Promise<void> {
    await this.#parts.state.reservations.release(this.#parts.keys.amounts, token);
  }

  #view(stored: StoredLease): LeaseView {
    return leaseView(stored, this.#parts.settings.leaseTtlMs);
  }
}

function refused({ code, message }: Refusal, { serverTtlMs }: FleetSettings): FleetError {
  // The next heartbeat may tell what is missing.
  return new FleetError(code, message, code === 'CAPACITY_UNKNOWN' ? { retryAfterMs: serverTtlMs / 3 } : {});
}

function busy(id: string): FleetError {
  return new FleetError('LEASE_BUSY', `Lease ${id} is changed by others at this moment`, { retryAfterMs: 1_000 });
}

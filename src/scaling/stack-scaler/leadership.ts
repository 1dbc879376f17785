import type { SharedState, VersionedRecords } from '../state/shared-state.ts';
import {
  holdsLease,
  type LeaseRecord,
  type LeaseState,
  NO_LEASE,
  nextStep,
  noteLease,
  type SeenLease,
  withLease,
  withoutLease,
} from './lease.ts';

/** The part of the shared state that a lease needs. */
export interface LeaseStore extends Pick<SharedState, 'status'> {
  readonly records: Pick<VersionedRecords, 'read' | 'compareAndSet'>;
}

export interface LeadershipOptions {
  readonly state: LeaseStore;
  readonly key: string;
  /** Unique among the scalers, and new with each start: a restarted scaler is another one. */
  readonly self: string;
  /** Where this scaler answers. */
  readonly address: string;
  /** How long a lease lasts; it is renewed with every `tick()`, which should come five times as often. */
  readonly ttlMs: number;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
}

/** Longest wait for one answer of the store. */
const CALL_TIMEOUT_MS = 1_000;

/**
 * One scaler's part in choosing the one that decides. While Redis is away and each machine's own store stands in, nobody leads: every
 * machine would have a leader of its own.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #lease: LeaseState = NO_LEASE;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** Whether this scaler may act now. It may have ceased to since the last `tick()`. */
  get leads(): boolean {
    return holdsLease(this.#lease, this.#options.nowMs());
  }

  /** Whoever holds the lease, as last seen; null: nobody is known to. */
  get holder(): LeaseRecord | null {
    return this.#lease.holder;
  }

  /** Reads the lease, then takes or renews it if it may. A store that fails leaves a lease to run out. @throws StateError */
  async tick(): Promise<void> {
    const { state, key, self, address, ttlMs, nowMs } = this.#options;
    if (this.#standsIn()) return this.#giveUp();
    const seen = await this.#read();
    if (this.#standsIn()) return this.#giveUp();
    this.#lease = noteLease(this.#lease, seen, self, nowMs());
    const step = nextStep(this.#lease, seen, nowMs());
    if (step.kind === 'wait') return;
    const record: LeaseRecord = { holder: self, address };
    const askedAtMs = nowMs();
    const answer = await state.records.compareAndSet(key, step.expected, JSON.stringify(record), {
      ttlMs,
      timeoutMs: CALL_TIMEOUT_MS,
    });
    // The answer may be that of the store that stands in.
    if (this.#standsIn()) return this.#giveUp();
    this.#lease = answer.stored
      ? withLease(this.#lease, record, answer.version, askedAtMs, ttlMs)
      : withoutLease(this.#lease);
  }

  /** Gives the lease back, so that the next one need not wait for its end. */
  async resign(): Promise<void> {
    const { version } = this.#lease;
    const held = this.leads;
    this.#giveUp();
    if (version === null || !held || this.#standsIn()) return;
    const { state, key, ttlMs } = this.#options;
    const record: LeaseRecord = { holder: '', address: '' };
    await state.records.compareAndSet(key, version, JSON.stringify(record), { ttlMs, timeoutMs: CALL_TIMEOUT_MS });
  }

  #giveUp(): void {
    this.#lease = { ...withoutLease(this.#lease), holder: null };
  }

  #standsIn(): boolean {
    return this.#options.state.status().degradedSinceMs !== null;
  }

  async #read(): Promise<SeenLease | null> {
    const { state, key } = this.#options;
    const read = await state.records.read(key, { timeoutMs: CALL_TIMEOUT_MS });
    if (read === undefined) return null;
    return { record: decode(read.value), version: read.version, leftMs: read.ttlMs };
  }
}

/** What can't be read is nobody's. */
function decode(value: Buffer): LeaseRecord {
  try {
    const { holder, address } = JSON.parse(value.toString('utf8')) as Partial<LeaseRecord>;
    return { holder: String(holder ?? ''), address: String(address ?? '') };
  } catch {
    return { holder: '', address: '' };
  }
}

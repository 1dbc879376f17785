import type { SharedState, Value, VersionedRecord } from '../shared-state.ts';
import type { FallbackClock } from './clock.ts';
import { OwedCopies } from './owed-copies.ts';
import type { PrimaryGuard } from './primary-guard.ts';
import type { Shadow, Told } from './shadow.ts';

/** No record has this version, so writing with it as `expected` is refused and tells what is there: on the master, never on a replica. */
const NO_VERSION = Number.MAX_SAFE_INTEGER;
/** Below this, two copies' times are thought equal. */
const TTL_SLACK_MS = 1_000;
/** Refused and yet nothing there may also be a copy that was evicted just then; not so often in a row. */
const ATTEMPTS = 3;

/** What a store reads as left may be less than the least it takes. */
export function wholeMs(ttlMs: number): number {
  return Math.max(1, Math.ceil(ttlMs));
}

export interface Copy {
  readonly version: number;
  readonly value: Value;
  readonly ttlMs: number;
}

/** A large value takes its time on the wire: 16 KiB per millisecond, far below what any network gives. */
export function transferMs(bytes: number): number {
  return Math.floor(bytes / 16_384);
}

/** One record's two copies, on Redis and in the embedded store, and how they are made equal: the newer one counts, deletions too. */
export class RecordCopies {
  readonly owed: OwedCopies;
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #guard: PrimaryGuard;
  readonly #shadow: Shadow;

  /** @param clock for copies that could not be made at once */
  constructor(primary: SharedState, embedded: SharedState, guard: PrimaryGuard, shadow: Shadow, clock: FallbackClock) {
    this.owed = new OwedCopies((key) => this.readFromMaster(key), clock);
    this.#primary = primary;
    this.#embedded = embedded;
    this.#guard = guard;
    this.#shadow = shadow;
  }

  local(key: string): Promise<Told<VersionedRecord | undefined>> {
    return this.#shadow.ask((options) => this.#embedded.records.read(key, options));
  }

  /** The newer of both copies; afterwards both stores have it. */
  async read(key: string): Promise<VersionedRecord | undefined> {
    const [remote, local] = await Promise.all([
      this.#guard.run(() => this.#primary.records.read(key)),
      this.local(key),
    ]);
    return this.#newer(key, remote, local);
  }

  /** The same, without asking a replica. */
  async readFromMaster(key: string): Promise<VersionedRecord | undefined> {
    const [remote, local] = await Promise.all([this.#master(key), this.local(key)]);
    return this.#newer(key, remote, local);
  }

  /** Gives Redis a copy of the embedded store's, which it may have lost; the record that counts now. */
  async lift(key: string, local: VersionedRecord): Promise<VersionedRecord | undefined> {
    const { version, value } = local;
    const ttlMs = wholeMs(local.ttlMs);
    const taken = await this.#guard.run(
      () => this.#primary.records.setIfNewer(key, version, value, { ttlMs }),
      transferMs(value.length),
    );
    if (taken) return local;
    const remote = await this.#master(key);
    if (remote !== undefined) {
      await this.lower(key, remote);
      return remote;
    }
    // Redis refused it although nothing is there: it was deleted since.
    await this.#shadow.ask((options) => this.#embedded.records.delete(key, options));
    return undefined;
  }

  /** Gives the embedded store a copy of Redis's. `deleted`: it has a deletion that is at least as new. */
  async lower(key: string, remote: Copy): Promise<'kept' | 'deleted'> {
    const { version, value } = remote;
    const ttlMs = wholeMs(remote.ttlMs);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const taken = await this.#shadow.ask((options) =>
        this.#embedded.records.setIfNewer(key, version, value, { ...options, ttlMs }),
      );
      if (!taken.known) this.owed.add(key);
      if (!taken.known || taken.value) return 'kept';
      const local = await this.local(key);
      if (!local.known || local.value !== undefined) return 'kept';
    }
    return 'deleted';
  }

  async #newer(
    key: string,
    remote: VersionedRecord | undefined,
    local: Told<VersionedRecord | undefined>,
  ): Promise<VersionedRecord | undefined> {
    if (!local.known) {
      if (remote !== undefined) this.owed.add(key);
      return remote;
    }
    if (local.value !== undefined && (remote === undefined || local.value.version > remote.version)) {
      return this.lift(key, local.value);
    }
    if (remote === undefined) return undefined;
    if (local.value === undefined || local.value.version < remote.version) {
      if ((await this.lower(key, remote)) === 'kept') return remote;
      await this.#guard.run(() => this.#primary.records.delete(key));
      return undefined;
    }
    if (remote.ttlMs > local.value.ttlMs + TTL_SLACK_MS) {
      await this.#shadow.ask((options) => this.#embedded.records.touch(key, wholeMs(remote.ttlMs), options));
    }
    return remote;
  }

  async #master(key: string): Promise<VersionedRecord | undefined> {
    const refused = await this.#guard.run(() => this.#primary.records.compareAndSet(key, NO_VERSION, '', { ttlMs: 1 }));
    return refused.stored ? undefined : refused.current;
  }
}

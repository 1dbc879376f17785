/**
 * What workers and machines share, whatever keeps it: an embedded store, Redis, or Redis with the embedded store behind it.
 * Keys are strings of 1 to 1,024 bytes; on Redis Cluster, keys that must lie together carry the same `{hash tag}`. Values are bytes.
 * Times are milliseconds. Each call says what it promises when its outcome is not known (a deadline passed, a node died).
 */

/** How long a caller waits, and how it stops waiting. Without either, the driver's own deadline holds. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface KeepOptions extends CallOptions {
  /** Whole milliseconds above 0 after which the entry is gone; without it the entry stays (and is never evicted). */
  readonly ttlMs?: number;
}

export interface RecordReadOptions extends CallOptions {
  /**
   * While the embedded store stands in for Redis, and has no copy of the record: `absent` says at once that there is none; `error` asks
   * Redis for up to a second, and then fails with STATE_UNKNOWN, in the first minute of an outage. Default `absent`.
   */
  readonly ifUnknown?: 'absent' | 'error';
}

export type Value = string | Uint8Array;

/** The outcome of an increment: the new value, and what is left of the time that began with the first one. */
export interface Count {
  readonly value: number;
  readonly ttlMs: number;
}

/** A record as it was read: `version` counts its writes, from 1. */
export interface VersionedRecord {
  readonly version: number;
  readonly value: Buffer;
  readonly ttlMs: number;
}

/** `stored` false: somebody else wrote since `expected`; `current` is what is there now (undefined: nothing). */
export type CompareAndSetResult =
  | { readonly stored: true; readonly version: number }
  | { readonly stored: false; readonly current: VersionedRecord | undefined };

/**
 * Records that must not be lost, such as sessions: the fallback driver writes each through to the embedded store, reads whichever copy is
 * newer, and writes back by version what was written while Redis was away. All of them have a TTL.
 */
export interface VersionedRecords {
  /** A deleted record reads as undefined. */
  read(key: string, options?: RecordReadOptions): Promise<VersionedRecord | undefined>;
  /**
   * Writes version `expected + 1` if the record's version is `expected` (0: there is none). A lost answer is ambiguous: read again.
   * After a deletion the version goes on from the deleted one's, so a stale writer's `expected` never fits.
   */
  compareAndSet(
    key: string,
    expected: number,
    value: Value,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<CompareAndSetResult>;
  /** Takes over a copy from elsewhere if its version is above the one here; safe to repeat. `null` is a deletion. */
  setIfNewer(
    key: string,
    version: number,
    value: Value | null,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<boolean>;
  /** Begins the record's time anew; false: there is none. */
  touch(key: string, ttlMs: number, options?: CallOptions): Promise<boolean>;
  /** Leaves a marker with the next version for as long as the record would have lived; false: there was none. */
  delete(key: string, options?: CallOptions): Promise<boolean>;
  /** The keys of living records that begin with `prefix`; those that come or go meanwhile may be missed or told. */
  scan(prefix: string, options?: CallOptions): AsyncIterable<string>;
}

/** One amount of a reservation: `by` more of `name`, refused if that would make it more than `max`. */
export interface Amount {
  readonly name: string;
  readonly by: number;
  readonly max: number;
}

/** `granted` false: `name` would have gone over its maximum; nothing was taken. `used` is what is taken of it now. */
export type ReserveResult =
  | { readonly granted: true }
  | { readonly granted: false; readonly name: string; readonly used: number; readonly max: number };

/**
 * Counted amounts taken together or not at all, each under a token. Safe to repeat: a token that is held is granted again and counts once;
 * one that was released, or never taken, is released without effect.
 */
export interface Reservations {
  reserve(key: string, token: string, amounts: readonly Amount[], options?: CallOptions): Promise<ReserveResult>;
  /** False: the token was not held. */
  release(key: string, token: string, options?: CallOptions): Promise<boolean>;
  /** All amounts taken, by name. */
  used(key: string, options?: CallOptions): Promise<Readonly<Record<string, number>>>;
  /** The tokens held. */
  tokens(key: string, options?: CallOptions): Promise<readonly string[]>;
}

/** Ends a subscription; resolves when no further message comes. */
export type Unsubscribe = () => Promise<void>;

/** What is kept under keys: values, counts, hashes and sets. */
export interface EntryCalls {
  get(key: string, options?: CallOptions): Promise<Buffer | undefined>;
  /** In the order of the keys, which need not lie together. */
  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]>;
  /** Safe to repeat. */
  set(key: string, value: Value, options?: KeepOptions): Promise<void>;
  /** Sets it only if there is none; false: there is one. A lost answer is ambiguous: read to see whose it is. */
  add(key: string, value: Value, options?: KeepOptions): Promise<boolean>;
  /** Deletes it only if it holds exactly `value`: how the holder of a lock lets it go. */
  deleteIfEqual(key: string, value: Value, options?: CallOptions): Promise<boolean>;
  /** How many of the keys there were. */
  delete(keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Begins the entry's time anew; false: there is none. */
  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean>;
  /** Adds `by` (whole, may be negative) to a count that lives `ttlMs` from its first increment. A lost answer is ambiguous. */
  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count>;
  /** The count as it stands; undefined: never incremented, or expired. */
  count(key: string, options?: CallOptions): Promise<Count | undefined>;

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void>;
  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>>;
  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number>;
  /** A lost answer is ambiguous. */
  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number>;

  /** How many of the members are new. */
  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number>;
  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number>;
  setMembers(key: string, options?: CallOptions): Promise<readonly string[]>;
}

export interface SharedState extends EntryCalls {
  /** How it is kept. */
  readonly driver: 'embedded' | 'redis' | 'fallback';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;

  /** Keys that begin with `prefix`, of any kind but records; those that come or go meanwhile may be missed or told twice. */
  scan(prefix: string, options?: CallOptions): AsyncIterable<string>;

  /** At most once: who is not connected at the moment misses it. Resolves when the store has it. */
  publish(channel: string, message: Value, options?: CallOptions): Promise<void>;
  /** Resolves when messages begin to come; goes on by itself after a reconnection. Messages of one publisher come in order. */
  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe>;

  /** One round trip; its milliseconds. */
  ping(options?: CallOptions): Promise<number>;
  /** For `/redis/status`, `/health` and people: JSON-ready. */
  status(): StateStatus;
  /** Calls under way fail with STATE_CLOSED. */
  close(): Promise<void>;
}

export interface StateStatus {
  readonly driver: SharedState['driver'];
  readonly connected: boolean;
  /** Since when the embedded store stands in for Redis; null: it does not. */
  readonly degradedSinceMs: number | null;
  /** Why it is degraded, in a sentence; null: it is not. */
  readonly reason: string | null;
  readonly detail: object;
}

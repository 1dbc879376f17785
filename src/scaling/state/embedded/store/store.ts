import { Counts } from './counts.ts';
import { Hashes } from './hashes.ts';
import { Keyspace } from './keyspace.ts';
import { Memory } from './memory.ts';
import { Records } from './records.ts';
import { ReservationBook } from './reservations.ts';
import { Sets } from './sets.ts';
import { Values } from './values.ts';

/** Entries looked at per round of the incremental expiry, in each keyspace: some 0.1 ms. */
const SWEEP_ENTRIES = 1000;
/** Rounds at once while a quarter and more of what is looked at has expired. */
const SWEEP_ROUNDS = 10;

/** Figures of a store: JSON-ready. */
export interface StoreFigures {
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly keys: number;
  readonly records: number;
  readonly reservations: number;
  readonly evicted: number;
  readonly expired: number;
}

/** Everything the embedded store keeps: pure, the time is an argument (milliseconds of any clock that doesn't go back). */
export class Store {
  readonly memory: Memory;
  /** Where values, counts, hashes and sets lie: a key is one of them. */
  readonly keys: Keyspace;
  readonly recordKeys: Keyspace;
  readonly reservationKeys: Keyspace;
  readonly values: Values;
  readonly counts: Counts;
  readonly hashes: Hashes;
  readonly sets: Sets;
  readonly records: Records;
  readonly reservations: ReservationBook;

  constructor(limitBytes: number) {
    this.memory = new Memory(limitBytes);
    this.keys = new Keyspace(this.memory);
    this.recordKeys = new Keyspace(this.memory);
    this.reservationKeys = new Keyspace(this.memory);
    this.values = new Values(this.keys);
    this.counts = new Counts(this.keys);
    this.hashes = new Hashes(this.keys);
    this.sets = new Sets(this.keys);
    this.records = new Records(this.recordKeys);
    this.reservations = new ReservationBook(this.reservationKeys);
  }

  /** How many of the keys there were. */
  delete(keys: readonly string[], nowMs: number): number {
    let gone = 0;
    for (const key of keys) {
      const entry = this.keys.find(key, nowMs);
      if (entry === undefined) continue;
      this.keys.remove(entry);
      gone++;
    }
    return gone;
  }

  /** False: there is no such entry. */
  expire(key: string, expiresMs: number, nowMs: number): boolean {
    const entry = this.keys.find(key, nowMs);
    if (entry === undefined) return false;
    this.keys.setExpiry(entry, expiresMs);
    return true;
  }

  /** Lets some of what has expired go; for a regular call. */
  sweep(nowMs: number): void {
    for (const keyspace of [this.keys, this.recordKeys]) {
      for (let round = 0; round < SWEEP_ROUNDS; round++) {
        if (keyspace.sweep(SWEEP_ENTRIES, nowMs) < SWEEP_ENTRIES / 4) break;
      }
    }
  }

  figures(): StoreFigures {
    return {
      usedBytes: this.memory.usedBytes,
      limitBytes: this.memory.limitBytes,
      keys: this.keys.size,
      records: this.recordKeys.size,
      reservations: this.reservationKeys.size,
      evicted: this.memory.evicted,
      expired: this.keys.expired + this.recordKeys.expired,
    };
  }
}

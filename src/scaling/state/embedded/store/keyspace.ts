import { StateError } from '../../errors.ts';
import { type Contents, chargeOf, type Entry, type EntryOf, type Kind } from './entry.ts';
import type { Memory, Reclaimer } from './memory.ts';

/** A Map holds at most 2²⁴ keys. */
const MOST_ENTRIES = 16_000_000;

/** Keys and their entries: finds the living ones, accounts for their bytes, and lets go of what has expired, when met or bit by bit. */
export class Keyspace implements Reclaimer {
  readonly #memory: Memory;
  readonly #entries = new Map<string, Entry>();
  #walk: Iterator<Entry> | null = null;
  #expired = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
    memory.attach(this);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many were let go because their time was over. */
  get expired(): number {
    return this.#expired;
  }

  /** Keys and entries in the order of their making; goes on correctly while they change. */
  entries(): Iterator<Entry> {
    return this.#entries.values();
  }

  /** The living entry, of whatever kind; it counts as used. */
  find(key: string, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresMs <= nowMs) {
      this.#expire(entry);
      return undefined;
    }
    if (entry.listed) this.#memory.listOf(entry)?.used(entry);
    return entry;
  }

  /** The living entry. @throws StateError STATE_WRONG_TYPE when it is of another kind */
  findOf<K extends Kind>(kind: K, key: string, nowMs: number): EntryOf<K> | undefined {
    const entry = this.find(key, nowMs);
    if (entry === undefined || entry.kind === kind) return entry as EntryOf<K> | undefined;
    throw new StateError('STATE_WRONG_TYPE', `${key} holds a ${entry.kind}; the call is for a ${kind}`);
  }

  /** Puts an entry where none is. @throws StateError STATE_FULL, and then there is none */
  insert<K extends Kind>(
    kind: K,
    key: string,
    content: Contents[K],
    contentBytes: number,
    expiresMs: number,
    nowMs: number,
  ): EntryOf<K> {
    if (this.#entries.size >= MOST_ENTRIES) {
      throw new StateError('STATE_FULL', `there are ${MOST_ENTRIES} keys already; more can't be held`);
    }
    const bytes = chargeOf(key, contentBytes);
    this.#memory.take(bytes, nowMs);
    const entry = { key, kind, content, expiresMs, bytes, older: null, newer: null, listed: false } as EntryOf<K>;
    this.#entries.set(key, entry as Entry);
    this.#memory.listOf(entry as Entry)?.add(entry as Entry);
    return entry;
  }

  /** Charges an entry with `byBytes` more (or less). @throws StateError STATE_FULL, and then it is as it was */
  grow(entry: Entry, byBytes: number, nowMs: number): void {
    const list = entry.listed ? this.#memory.listOf(entry) : null;
    // Out of the list meanwhile: an entry doesn't make room for itself by being evicted.
    list?.remove(entry);
    try {
      if (byBytes > 0) this.#memory.take(byBytes, nowMs);
      else this.#memory.give(-byBytes);
      entry.bytes += byBytes;
    } finally {
      list?.add(entry);
    }
  }

  /** Gives it another end; Infinity: it stays, and is never evicted. */
  setExpiry(entry: Entry, expiresMs: number): void {
    if (entry.listed) this.#memory.listOf(entry)?.remove(entry);
    entry.expiresMs = expiresMs;
    this.#memory.listOf(entry)?.add(entry);
  }

  remove(entry: Entry): void {
    if (entry.listed) this.#memory.listOf(entry)?.remove(entry);
    this.#entries.delete(entry.key);
    this.#memory.give(entry.bytes);
  }

  evict(entry: Entry): void {
    this.remove(entry);
  }

  sweepAll(nowMs: number): void {
    for (const entry of this.#entries.values()) if (entry.expiresMs <= nowMs) this.#expire(entry);
  }

  /** Looks at the next `most` entries, from where it stopped last, and lets the expired go. Returns how many. */
  sweep(most: number, nowMs: number): number {
    let gone = 0;
    this.#walk ??= this.#entries.values();
    for (let looked = 0; looked < most; looked++) {
      const { done, value } = this.#walk.next();
      if (done === true) {
        this.#walk = null;
        break;
      }
      if (value.expiresMs > nowMs) continue;
      this.#expire(value);
      gone++;
    }
    return gone;
  }

  #expire(entry: Entry): void {
    this.remove(entry);
    this.#expired++;
  }
}

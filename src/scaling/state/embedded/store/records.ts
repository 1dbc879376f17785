import type { Stored } from '../stored.ts';
import { type RecordContent, ttlMs } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

/** A living record as the store has it. */
export interface StoredRecord {
  readonly version: number;
  readonly value: Stored;
  readonly ttlMs: number;
}

export type StoredOutcome =
  | { readonly stored: true; readonly version: number }
  | { readonly stored: false; readonly current: StoredRecord | undefined };

/** Versioned records. A deleted one leaves its next version behind until its time is over, so that no stale writer's version fits. */
export class Records {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  read(key: string, nowMs: number): StoredRecord | undefined {
    const entry = this.#keys.findOf('record', key, nowMs);
    if (entry === undefined || entry.content.value === null) return undefined;
    return { version: entry.content.version, value: entry.content.value, ttlMs: ttlMs(entry, nowMs) };
  }

  /** `expected` 0 fits when there is none; where one was deleted, the version goes on from the deletion's. */
  compareAndSet(key: string, expected: number, value: Stored, expiresMs: number, nowMs: number): StoredOutcome {
    const current = this.read(key, nowMs);
    if ((current?.version ?? 0) !== expected) return { stored: false, current };
    const version = (this.#keys.findOf('record', key, nowMs)?.content.version ?? 0) + 1;
    this.#put(key, { version, value }, expiresMs, nowMs);
    return { stored: true, version };
  }

  setIfNewer(key: string, version: number, value: Stored | null, expiresMs: number, nowMs: number): boolean {
    const here = this.#keys.findOf('record', key, nowMs)?.content.version ?? 0;
    if (version <= here) return false;
    this.#put(key, { version, value }, expiresMs, nowMs);
    return true;
  }

  touch(key: string, expiresMs: number, nowMs: number): boolean {
    const entry = this.#keys.findOf('record', key, nowMs);
    if (entry === undefined || entry.content.value === null) return false;
    this.#keys.setExpiry(entry, expiresMs);
    return true;
  }

  delete(key: string, nowMs: number): boolean {
    const entry = this.#keys.findOf('record', key, nowMs);
    if (entry === undefined || entry.content.value === null) return false;
    this.#put(key, { version: entry.content.version + 1, value: null }, entry.expiresMs, nowMs);
    return true;
  }

  #put(key: string, content: RecordContent, expiresMs: number, nowMs: number): void {
    const bytes = content.value?.length ?? 0;
    const entry = this.#keys.findOf('record', key, nowMs);
    if (entry === undefined) {
      this.#keys.insert('record', key, content, bytes, expiresMs, nowMs);
      return;
    }
    this.#keys.grow(entry, bytes - (entry.content.value?.length ?? 0), nowMs);
    entry.content = content;
    this.#keys.setExpiry(entry, expiresMs);
  }
}

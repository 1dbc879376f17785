import type { Stored } from '../stored.ts';
import { chargeOf } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Plain values: bytes under a key, with or without a time. */
export class Values {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  get(key: string, nowMs: number): Stored | undefined {
    return this.#keys.findOf('value', key, nowMs)?.content;
  }

  /** Takes the place of whatever was there. @throws StateError STATE_FULL, and then what was there still is */
  set(key: string, value: Stored, expiresMs: number, nowMs: number): void {
    const before = this.#keys.find(key, nowMs);
    if (before?.kind === 'value') {
      this.#keys.grow(before, value.length - before.content.length, nowMs);
      before.content = value;
      this.#keys.setExpiry(before, expiresMs);
      return;
    }
    if (before !== undefined) {
      // Makes the room while the old entry is still there: if that fails, it stays.
      this.#keys.grow(before, chargeOf(key, value.length) - before.bytes, nowMs);
      this.#keys.remove(before);
    }
    this.#keys.insert('value', key, value, value.length, expiresMs, nowMs);
  }

  add(key: string, value: Stored, expiresMs: number, nowMs: number): boolean {
    if (this.#keys.find(key, nowMs) !== undefined) return false;
    this.#keys.insert('value', key, value, value.length, expiresMs, nowMs);
    return true;
  }

  deleteIfEqual(key: string, value: Stored, nowMs: number): boolean {
    const entry = this.#keys.findOf('value', key, nowMs);
    if (entry === undefined || entry.content !== value) return false;
    this.#keys.remove(entry);
    return true;
  }
}

import { StateError } from '../../errors.ts';
import type { Stored } from '../stored.ts';
import { safeSum } from './counts.ts';
import { ITEM_BYTES, textBytes } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

const WHOLE = /^-?\d{1,16}$/;

/** Fields under one key; gone with the last field. */
export class Hashes {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  /** `expiresMs` undefined: the hash's time is as it was. All fields or, when they don't fit, none. */
  set(key: string, fields: readonly (readonly [string, Stored])[], expiresMs: number | undefined, nowMs: number): void {
    if (fields.length === 0) return;
    const found = this.#keys.findOf('hash', key, nowMs);
    let bytes = 0;
    for (const [field, value] of fields) bytes += growth(found?.content.get(field), field, value);
    const entry = found ?? this.#keys.insert('hash', key, new Map(), bytes, Number.POSITIVE_INFINITY, nowMs);
    if (found !== undefined) this.#keys.grow(found, bytes, nowMs);
    for (const [field, value] of fields) entry.content.set(field, value);
    if (expiresMs !== undefined) this.#keys.setExpiry(entry, expiresMs);
  }

  getAll(key: string, nowMs: number): ReadonlyMap<string, Stored> | undefined {
    return this.#keys.findOf('hash', key, nowMs)?.content;
  }

  delete(key: string, fields: readonly string[], nowMs: number): number {
    const entry = this.#keys.findOf('hash', key, nowMs);
    if (entry === undefined) return 0;
    let gone = 0;
    let bytes = 0;
    for (const field of fields) {
      const value = entry.content.get(field);
      if (value === undefined) continue;
      entry.content.delete(field);
      bytes += growth(undefined, field, value);
      gone++;
    }
    this.#keys.grow(entry, -bytes, nowMs);
    if (entry.content.size === 0) this.#keys.remove(entry);
    return gone;
  }

  /** The field holds the sum as decimal text. @throws StateError STATE_WRONG_TYPE when it held something else */
  increment(key: string, field: string, by: number, nowMs: number): number {
    const before = this.#keys.findOf('hash', key, nowMs)?.content.get(field);
    if (before !== undefined && !WHOLE.test(before)) {
      throw new StateError('STATE_WRONG_TYPE', `the field ${field} of ${key} holds no whole number`);
    }
    const sum = safeSum(key, before === undefined ? 0 : Number(before), by);
    this.set(key, [[field, String(sum)]], undefined, nowMs);
    return sum;
  }
}

function growth(before: Stored | undefined, field: string, value: Stored): number {
  return before === undefined ? ITEM_BYTES + textBytes(field) + value.length : value.length - before.length;
}

import { ITEM_BYTES, textBytes } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Sets of strings; gone with the last member. */
export class Sets {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  /** How many are new. `expiresMs` undefined: the set's time is as it was. All or, when they don't fit, none. */
  add(key: string, members: readonly string[], expiresMs: number | undefined, nowMs: number): number {
    if (members.length === 0) return 0;
    const found = this.#keys.findOf('set', key, nowMs);
    const fresh = new Set<string>();
    let bytes = 0;
    for (const member of members) {
      if (fresh.has(member) || found?.content.has(member) === true) continue;
      fresh.add(member);
      bytes += ITEM_BYTES + textBytes(member);
    }
    const entry = found ?? this.#keys.insert('set', key, new Set(), bytes, Number.POSITIVE_INFINITY, nowMs);
    if (found !== undefined) this.#keys.grow(found, bytes, nowMs);
    for (const member of fresh) entry.content.add(member);
    if (expiresMs !== undefined) this.#keys.setExpiry(entry, expiresMs);
    return fresh.size;
  }

  /** How many there were. */
  remove(key: string, members: readonly string[], nowMs: number): number {
    const entry = this.#keys.findOf('set', key, nowMs);
    if (entry === undefined) return 0;
    let gone = 0;
    let bytes = 0;
    for (const member of members) {
      if (!entry.content.delete(member)) continue;
      bytes += ITEM_BYTES + textBytes(member);
      gone++;
    }
    this.#keys.grow(entry, -bytes, nowMs);
    if (entry.content.size === 0) this.#keys.remove(entry);
    return gone;
  }

  members(key: string, nowMs: number): readonly string[] {
    return [...(this.#keys.findOf('set', key, nowMs)?.content ?? [])];
  }
}

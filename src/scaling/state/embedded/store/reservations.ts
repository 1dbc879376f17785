import type { Amount, ReserveResult } from '../../shared-state.ts';
import { ITEM_BYTES, textBytes } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Amounts taken together under a token. An entry is there as long as one token holds something of it; it has no time. */
export class ReservationBook {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  reserve(key: string, token: string, amounts: readonly Amount[], nowMs: number): ReserveResult {
    const found = this.#keys.findOf('reservation', key, nowMs);
    if (found?.content.tokens.has(token) === true) return { granted: true };
    for (const { name, by, max } of amounts) {
      const used = found?.content.used.get(name) ?? 0;
      if (used + by > max) return { granted: false, name, used, max };
    }
    let bytes = ITEM_BYTES + textBytes(token);
    for (const { name } of amounts) bytes += ITEM_BYTES + textBytes(name);
    const entry =
      found ??
      this.#keys.insert(
        'reservation',
        key,
        { used: new Map(), tokens: new Map() },
        bytes,
        Number.POSITIVE_INFINITY,
        nowMs,
      );
    if (found !== undefined) this.#keys.grow(found, bytes, nowMs);
    const { used, tokens } = entry.content;
    tokens.set(
      token,
      amounts.map(({ name, by }) => [name, by]),
    );
    for (const { name, by } of amounts) used.set(name, (used.get(name) ?? 0) + by);
    return { granted: true };
  }

  release(key: string, token: string, nowMs: number): boolean {
    const entry = this.#keys.findOf('reservation', key, nowMs);
    const held = entry?.content.tokens.get(token);
    if (entry === undefined || held === undefined) return false;
    const { used, tokens } = entry.content;
    tokens.delete(token);
    let bytes = ITEM_BYTES + textBytes(token);
    for (const [name, by] of held) {
      bytes += ITEM_BYTES + textBytes(name);
      const left = (used.get(name) ?? 0) - by;
      if (left > 0) used.set(name, left);
      else used.delete(name);
    }
    this.#keys.grow(entry, -bytes, nowMs);
    if (tokens.size === 0) this.#keys.remove(entry);
    return true;
  }

  used(key: string, nowMs: number): ReadonlyMap<string, number> {
    return this.#keys.findOf('reservation', key, nowMs)?.content.used ?? new Map();
  }

  tokens(key: string, nowMs: number): readonly string[] {
    return [...(this.#keys.findOf('reservation', key, nowMs)?.content.tokens.keys() ?? [])];
  }
}

import { StateError } from '../../errors.ts';
import type { Count } from '../../shared-state.ts';
import { ttlMs } from './entry.ts';
import type { Keyspace } from './keyspace.ts';

/** Counts that begin their time with the first increment. */
export class Counts {
  readonly #keys: Keyspace;

  constructor(keys: Keyspace) {
    this.#keys = keys;
  }

  /** @throws StateError STATE_BAD_ARGUMENT when the sum is no safe integer */
  increment(key: string, by: number, lifeMs: number, nowMs: number): Count {
    const entry = this.#keys.findOf('count', key, nowMs);
    if (entry === undefined) {
      this.#keys.insert('count', key, by, 0, nowMs + lifeMs, nowMs);
      return { value: by, ttlMs: lifeMs };
    }
    const value = safeSum(key, entry.content, by);
    entry.content = value;
    return { value, ttlMs: ttlMs(entry, nowMs) };
  }

  read(key: string, nowMs: number): Count | undefined {
    const entry = this.#keys.findOf('count', key, nowMs);
    return entry && { value: entry.content, ttlMs: ttlMs(entry, nowMs) };
  }
}

/** @throws StateError STATE_BAD_ARGUMENT when the sum is no safe integer */
export function safeSum(key: string, value: number, by: number): number {
  const sum = value + by;
  if (Number.isSafeInteger(sum)) return sum;
  throw new StateError('STATE_BAD_ARGUMENT', `${by} more make ${key} ${sum}, which is no safe integer`);
}

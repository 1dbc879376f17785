/** rate-limiter-flexible's store class over the shared state: one atomic increment with expiry for each `consume`. */
import { createRequire } from 'node:module';
import type { RateLimiterStoreAbstract } from 'rate-limiter-flexible';
import type { CallOptions, Count, SharedState } from '../shared-state.ts';

const require = createRequire(import.meta.url);

/**
 * The package declares this class but its index does not export it; its file also comes without the dozen stores that the index loads.
 * What a store has to implement is not in the declaration either.
 */
const StoreBase = require('rate-limiter-flexible/lib/RateLimiterStoreAbstract.js') as typeof RateLimiterStoreAbstract;
const Result = require('rate-limiter-flexible/lib/RateLimiterRes.js') as new (
  remainingPoints: number,
  msBeforeNext: number,
  consumedPoints: number,
  isFirstInDuration: boolean,
) => LimiterResult;

/** What `consume` resolves with, or rejects with when the limit is passed. */
export interface LimiterResult {
  readonly remainingPoints: number;
  readonly msBeforeNext: number;
  readonly consumedPoints: number;
}

/** Whether a rejection says "over the limit", and not that the store failed. */
export function isLimiterResult(value: unknown): value is LimiterResult {
  return value instanceof Result;
}

/** What a limit needs of the shared state. */
export type CountingState = Pick<SharedState, 'increment' | 'count' | 'expire' | 'delete'>;

export interface SharedLimiterOptions {
  readonly points: number;
  readonly durationMs: number;
  /** How long a key stays blocked that went over `points`; 0: until its window ends. */
  readonly blockMs: number;
  readonly keyPrefix: string;
  readonly call: CallOptions;
}

/** A fixed window for each key that begins with its first hit. */
export class SharedLimiter extends StoreBase {
  readonly #state: CountingState;
  readonly #call: CallOptions;

  constructor(state: CountingState, { points, durationMs, blockMs, keyPrefix, call }: SharedLimiterOptions) {
    super({ storeClient: state, points, duration: durationMs / 1000, blockDuration: blockMs / 1000, keyPrefix });
    this.#state = state;
    this.#call = call;
  }

  /**
   * Called by the base class with `fixed` false to count `points` more in a window of `durationMs`, with `fixed` true to make the count
   * `points` for `durationMs` from now, which is how it blocks.
   */
  async _upsert(key: string, points: number, durationMs: number, fixed = false): Promise<Count> {
    // The base class counts in seconds: 1.001 s × 1000 is not whole.
    const ttlMs = Math.max(1, Math.round(durationMs));
    if (!fixed) return this.#state.increment(key, points, ttlMs, this.#call);
    // A key that is over its limit stays over it, so the time alone is made anew; only where the window ended just now is there
    // something to put back.
    if (await this.#state.expire(key, ttlMs, this.#call)) return { value: points, ttlMs };
    return this.#state.increment(key, points, ttlMs, this.#call);
  }

  async _get(key: string): Promise<Count | null> {
    return (await this.#state.count(key, this.#call)) ?? null;
  }

  async _delete(key: string): Promise<boolean> {
    return (await this.#state.delete([key], this.#call)) > 0;
  }

  _getRateLimiterRes(_key: string, changedPoints: number, count: Count): LimiterResult {
    const remaining = Math.max(this.points - count.value, 0);
    return new Result(remaining, count.ttlMs, count.value, count.value === changedPoints);
  }
}

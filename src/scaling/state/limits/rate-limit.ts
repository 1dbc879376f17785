/** A limit over all workers and machines that share a state. */
import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { StateError, type StateErrorCode } from '../errors.ts';
import { count } from '../meters.ts';
import type { CallOptions } from '../shared-state.ts';
import type { RateLimit, RateLimitResult, RateLimitStatistics } from './contract.ts';
import { limitRequests } from './middleware.ts';
import { checkPoints, type RateLimitOptions, type ResolvedRateLimit, resolveRateLimit } from './options.ts';
import { crossed, penaltyMs } from './penalty.ts';
import { type CountingState, isLimiterResult, type LimiterResult, SharedLimiter } from './shared-limiter.ts';

/** Longer keys are counted by their digest: a key has 1,024 bytes at most, and what clients send must not make a hit uncountable. */
const LONGEST_KEY_BYTES = 256;
/** Failures that are the caller's, not the store's. */
const CALLERS: readonly StateErrorCode[] = ['STATE_BAD_ARGUMENT', 'STATE_WRONG_TYPE'];
/** When to come back while nothing can be counted. */
const RETRY_UNCOUNTED_MS = 1000;

/**
 * A limit whose counts all workers and machines share: each hit is one atomic increment, so exactly `points` are let through per window,
 * whoever counts. The window is fixed and begins with a key's first hit.
 *
 * @throws StateError STATE_BAD_ARGUMENT: an option out of its range
 */
export function rateLimit(state: CountingState, options: RateLimitOptions): RateLimit {
  return new SharedRateLimit(state, options);
}

class SharedRateLimit implements RateLimit {
  readonly name: string;
  readonly #state: CountingState;
  readonly #options: ResolvedRateLimit;
  readonly #call: CallOptions;
  readonly #limiter: SharedLimiter;
  readonly #keyOf: RateLimitOptions['key'];
  #statistics: RateLimitStatistics = { allowed: 0, limited: 0, uncounted: 0 };

  constructor(state: CountingState, options: RateLimitOptions) {
    const resolved = resolveRateLimit(options);
    this.name = resolved.name;
    this.#state = state;
    this.#options = resolved;
    this.#keyOf = options.key;
    this.#call = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
    this.#limiter = new SharedLimiter(state, {
      points: resolved.points,
      durationMs: resolved.durationMs,
      blockMs: resolved.kind === 'strict' ? resolved.blockMs : 0,
      keyPrefix: `limit:${resolved.name}`,
      call: this.#call,
    });
  }

  async consume(key: string, points = 1): Promise<RateLimitResult> {
    const kept = keptKey(key);
    try {
      const result = await this.#consume(kept, checkPoints(points));
      this.#note(result.allowed ? 'allowed' : 'limited');
      if (!result.allowed) count('rate_limited_total', [this.name]);
      return result;
    } catch (error) {
      if (!(error instanceof StateError) || CALLERS.includes(error.code)) throw error;
      this.#note('uncounted');
      count('shared_state_fallback_total', [`rate_limit_${this.#options.onStoreFailure}`]);
      return this.#uncounted();
    }
  }

  async reset(key: string): Promise<void> {
    const kept = keptKey(key);
    await this.#state.delete([this.#limiter.getKey(kept), this.#offencesKey(kept)], this.#call);
  }

  middleware(): RequestHandler {
    return limitRequests(this, this.#options, this.#keyOf);
  }

  statistics(): RateLimitStatistics {
    return this.#statistics;
  }

  async #consume(key: string, points: number): Promise<RateLimitResult> {
    try {
      return this.#result(true, await this.#limiter.consume(key, points));
    } catch (error) {
      if (!isLimiterResult(error)) throw error;
      const result = this.#result(false, error);
      const { kind, points: limit } = this.#options;
      if (kind !== 'progressive' || !crossed(error.consumedPoints, points, limit)) return result;
      const blockMs = await this.#punish(key);
      return { ...result, resetMs: blockMs, retryAfterMs: blockMs };
    }
  }

  /** One more offence of this key, and the block for it, whose length it returns. */
  async #punish(key: string): Promise<number> {
    const { blockMs: firstMs, longestBlockMs: longestMs, forgiveMs } = this.#options;
    const offencesKey = this.#offencesKey(key);
    const { value } = await this.#state.increment(offencesKey, 1, longestMs + forgiveMs, this.#call);
    const blockMs = penaltyMs(value, { firstMs, longestMs });
    // Quiet begins when the block ends. Both are safe to repeat, and whatever is lost of them makes the penalty milder only.
    await Promise.all([
      this.#state.expire(offencesKey, blockMs + forgiveMs, this.#call),
      this.#limiter.block(key, blockMs / 1000),
    ]);
    return blockMs;
  }

  #offencesKey(key: string): string {
    return `limit-offences:${this.name}:${key}`;
  }

  #result(allowed: boolean, { remainingPoints, msBeforeNext }: LimiterResult): RateLimitResult {
    const resetMs = Math.max(0, msBeforeNext);
    return {
      allowed,
      limit: this.#options.points,
      remaining: allowed ? remainingPoints : 0,
      resetMs,
      retryAfterMs: allowed ? 0 : resetMs,
      uncounted: false,
    };
  }

  #uncounted(): RateLimitResult {
    const { points, durationMs, onStoreFailure } = this.#options;
    const allowed = onStoreFailure === 'open';
    return {
      allowed,
      limit: points,
      remaining: allowed ? points : 0,
      resetMs: allowed ? durationMs : RETRY_UNCOUNTED_MS,
      retryAfterMs: allowed ? 0 : RETRY_UNCOUNTED_MS,
      uncounted: true,
    };
  }

  #note(what: keyof RateLimitStatistics): void {
    this.#statistics = { ...this.#statistics, [what]: this.#statistics[what] + 1 };
  }
}

function keptKey(key: string): string {
  if (Buffer.byteLength(key) <= LONGEST_KEY_BYTES) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}

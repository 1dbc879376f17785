/** What a limit does for its callers. */
import type { RequestHandler } from 'express';

/** What became of a hit. */
export interface RateLimitResult {
  readonly allowed: boolean;
  /** Points of a window. */
  readonly limit: number;
  /** What is left of them. */
  readonly remaining: number;
  /** Milliseconds until the key has all its points again. */
  readonly resetMs: number;
  /** Milliseconds after which it is worth trying again; 0 when allowed. */
  readonly retryAfterMs: number;
  /** The shared state could not count this hit, and `onStoreFailure` decided. */
  readonly uncounted: boolean;
}

/** Hits of this process since it began. */
export interface RateLimitStatistics {
  readonly allowed: number;
  /** Refused for being over the limit. */
  readonly limited: number;
  /** Decided by `onStoreFailure`; not among the other two. */
  readonly uncounted: number;
}

export interface RateLimit {
  readonly name: string;
  /**
   * Counts a hit of `points` (default 1) on a key. A hit that is refused counts too: with 3 points left, one of 5 takes them.
   *
   * @throws StateError STATE_BAD_ARGUMENT: points that are not whole or below 1. That the state cannot be reached is no error here.
   */
  consume(key: string, points?: number): Promise<RateLimitResult>;
  /** Forgets a key's hits, block and offences; for an administrator, or after a log-in that went well. */
  reset(key: string): Promise<void>;
  /** Limits requests: RateLimit headers on each answer, 429 over the limit. */
  middleware(): RequestHandler;
  statistics(): RateLimitStatistics;
}

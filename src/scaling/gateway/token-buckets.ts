import { addressKey } from '../state/limits/client-key.ts';
import { GatewayOptionError } from './errors.ts';
import type { LimitedRequest, LimitVerdict, RequestLimiter } from './limiter.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

/** More addresses than this are not told apart: the ones known longest are forgotten, which gives them a full bucket again. */
const MAX_BUCKETS = 100_000;

/**
 * One token bucket per client address (IPv6: its /64), in this process: `ratePerSecond` on the long run, `burst` at once. Time is an argument.
 */
export class TokenBuckets implements RequestLimiter {
  readonly #ratePerSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(ratePerSecond: number, burst: number) {
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
  }

  /** @throws GatewayOptionError that names what `option` got and may get */
  static of(ratePerSecond: number, burst: number, option: string): TokenBuckets {
    if (!Number.isFinite(ratePerSecond) || ratePerSecond <= 0)
      throw new GatewayOptionError(`${option}.ratePerSecond`, ratePerSecond, 'a finite number above 0');
    if (!Number.isInteger(burst) || burst < 1)
      throw new GatewayOptionError(`${option}.burst`, burst, 'a whole number of at least 1');
    return new TokenBuckets(ratePerSecond, burst);
  }

  check(request: LimitedRequest, nowMs: number): LimitVerdict {
    const bucket = this.#bucket(request.address, nowMs);
    const refilled = bucket.tokens + (Math.max(0, nowMs - bucket.atMs) * this.#ratePerSecond) / 1000;
    bucket.tokens = Math.min(this.#burst, refilled);
    bucket.atMs = nowMs;
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    return {
      allowed,
      limit: this.#burst,
      remaining: Math.floor(bucket.tokens),
      resetMs: ((this.#burst - bucket.tokens) / this.#ratePerSecond) * 1000,
      retryAfterMs: allowed ? 0 : ((1 - bucket.tokens) / this.#ratePerSecond) * 1000,
    };
  }

  tick(nowMs: number): void {
    const fullAfterMs = (this.#burst / this.#ratePerSecond) * 1000;
    for (const [address, bucket] of this.#buckets)
      if (nowMs - bucket.atMs >= fullAfterMs) this.#buckets.delete(address);
  }

  #bucket(client: string, nowMs: number): Bucket {
    const address = client.includes(':') ? addressKey(client) : client;
    const known = this.#buckets.get(address);
    if (known !== undefined) return known;
    if (this.#buckets.size >= MAX_BUCKETS) this.#buckets.delete(this.#buckets.keys().next().value as string);
    const bucket = { tokens: this.#burst, atMs: nowMs };
    this.#buckets.set(address, bucket);
    return bucket;
  }
}

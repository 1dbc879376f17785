/** Rate limits over the shared state. */
export { addressKey } from './client-key.ts';
export type { RateLimit, RateLimitResult, RateLimitStatistics } from './contract.ts';
export type { RateLimitKind, RateLimitOptions } from './options.ts';
export { rateLimit } from './rate-limit.ts';

/** What a limiter goes by. */
export interface LimitedRequest {
  readonly address: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly host: string;
}

/** What a limiter said of a request. */
export interface LimitVerdict {
  readonly allowed: boolean;
  /** Requests of a window. */
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until all of them are there again. */
  readonly resetMs: number;
  /** Milliseconds after which it is worth trying again; 0 when allowed. */
  readonly retryAfterMs: number;
}

/** Counts requests; over shared state its answer is a promise. Undefined: the request is not limited. */
export interface RequestLimiter {
  check(request: LimitedRequest, nowMs: number): LimitVerdict | undefined | Promise<LimitVerdict | undefined>;
  /** About once a second: to forget who has not been seen. */
  tick?(nowMs: number): void;
}

/** The fields that tell a client where it stands (draft-ietf-httpapi-ratelimit-headers, the three separate ones). */
export function limitLines(verdict: LimitVerdict): string {
  const resetSeconds = Math.ceil(verdict.resetMs / 1000);
  return `RateLimit-Limit: ${verdict.limit}\r\nRateLimit-Remaining: ${verdict.remaining}\r\nRateLimit-Reset: ${resetSeconds}\r\n`;
}

/** A limit on requests: headers on every answer, a problem over the limit. */
import type { Request, RequestHandler, Response } from 'express';
import { addressKey } from './client-key.ts';
import type { RateLimit, RateLimitResult } from './contract.ts';
import type { RateLimitOptions, ResolvedRateLimit } from './options.ts';

/** An Express middleware that consumes one point for each request. */
export function limitRequests(
  limit: RateLimit,
  options: ResolvedRateLimit,
  keyOf: RateLimitOptions['key'],
): RequestHandler {
  return (request, response, next) => {
    const decide = async (): Promise<boolean> => {
      const key = keyOf === undefined ? clientKey(request) : keyOf(request);
      if (key === undefined) return true;
      const result = await limit.consume(key);
      if (!result.uncounted) setHeaders(response, options, result);
      if (!result.allowed) refuse(response, options, result);
      return result.allowed;
    };
    decide().then((allowed) => {
      if (allowed) next();
    }, next);
  };
}

/** All requests whose client is not known any more (it closed its socket) share one limit. */
function clientKey(request: Request): string {
  return request.ip === undefined ? 'unknown' : addressKey(request.ip);
}

/**
 * Two forms of one draft: `RateLimit-Limit`, `-Remaining` and `-Reset` (draft-ietf-httpapi-ratelimit-headers up to 06), which most clients
 * read, and `RateLimit` with `RateLimit-Policy` (from 08 on, current), which can name several limits. Where several limits hold for
 * one request, the three tell of the one with least left.
 */
function setHeaders(
  response: Response,
  { name, points, durationMs }: ResolvedRateLimit,
  result: RateLimitResult,
): void {
  const resetSeconds = seconds(result.resetMs);
  response.append('RateLimit-Policy', `"${name}";q=${points};w=${seconds(durationMs)}`);
  response.append('RateLimit', `"${name}";r=${result.remaining};t=${resetSeconds}`);
  const told = response.getHeader('RateLimit-Remaining');
  if (told !== undefined && Number(told) <= result.remaining) return;
  response.set({
    'RateLimit-Limit': String(points),
    'RateLimit-Remaining': String(result.remaining),
    'RateLimit-Reset': String(resetSeconds),
  });
}

/** RFC 9457. Over the limit 429 (RFC 6585); 503 if it is not the client's fault. */
function refuse(response: Response, { name, points, durationMs }: ResolvedRateLimit, result: RateLimitResult): void {
  const retryAfterSeconds = Math.max(1, seconds(result.retryAfterMs));
  const problem = result.uncounted
    ? {
        type: 'urn:tidegate:problem:rate-limit-unavailable',
        title: 'Unavailable',
        status: 503,
        code: 'RATE_LIMIT_UNAVAILABLE',
        detail: `Requests cannot be counted at the moment; try again in ${retryAfterSeconds} s`,
      }
    : {
        type: 'urn:tidegate:problem:rate-limited',
        title: 'Too many requests',
        status: 429,
        code: 'RATE_LIMITED',
        detail: `More than ${points} in ${seconds(durationMs)} s; try again in ${retryAfterSeconds} s`,
      };
  response
    .status(problem.status)
    .set('Retry-After', String(retryAfterSeconds))
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ ...problem, limit: name, retryAfterMs: result.retryAfterMs }));
}

/** Rounded up: a client that waits as long as it was told is not refused again. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

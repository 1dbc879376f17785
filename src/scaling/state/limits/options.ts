/** What a limit is made of. */
import type { Request } from 'express';
import { StateError } from '../errors.ts';

/** What happens to a key that goes over its points. */
export type RateLimitKind = 'standard' | 'strict' | 'progressive';

/** A limit. Durations are whole milliseconds. */
export interface RateLimitOptions {
  /**
   * Names the limit in keys, headers and figures: 1 to 64 of `A-Z a-z 0-9 . _ -`. Limits of one name share their counts, so give each its own,
   * and the same in every worker.
   */
  readonly name: string;
  /**
   * `standard`: over its points a key waits for the end of its window. `strict`: it is blocked for `blockMs`. `progressive`: it is
   * blocked for `blockMs`, and each time again for twice as long, up to `longestBlockMs`, until it was quiet for `forgiveMs`.
   */
  readonly kind: RateLimitKind;
  /** How much a key may consume in one window: whole, 1 to 1,000,000,000. */
  readonly points: number;
  /** How long a window lasts; it begins with a key's first hit. */
  readonly durationMs: number;
  /** `strict` and `progressive`: the (first) block. Default: `durationMs`. */
  readonly blockMs?: number;
  /** `progressive`: no block is longer. Default: 64 times `blockMs`. */
  readonly longestBlockMs?: number;
  /** `progressive`: a key that kept within its limit this long after its last block ended begins anew. Default: `longestBlockMs`. */
  readonly forgiveMs?: number;
  /**
   * Whose limit a request counts on; undefined: it is not limited. Default: the client's address as `req.ip` has it, IPv6 by its /64.
   * Behind a proxy, `app.set('trust proxy', …)` must say which proxies to believe, or all clients share the proxy's limit.
   */
  readonly key?: (request: Request) => string | undefined;
  /** Whether hits are let through (`open`) or refused (`closed`) while the shared state cannot count them. Default `open`. */
  readonly onStoreFailure?: 'open' | 'closed';
  /** Longest time for one call on the shared state. Default: the driver's own. */
  readonly timeoutMs?: number;
}

/** With every default in its place. */
export type ResolvedRateLimit = Required<Omit<RateLimitOptions, 'key' | 'timeoutMs'>>;

const KINDS: readonly RateLimitKind[] = ['standard', 'strict', 'progressive'];
const POINTS_LIMIT = 1_000_000_000;
/** 100 days: a longer one is a mistake of units. */
const LONGEST_MS = 8_640_000_000;

/** @throws StateError STATE_BAD_ARGUMENT, with what was given and what is allowed */
export function resolveRateLimit(options: RateLimitOptions): ResolvedRateLimit {
  const { name, kind, points, durationMs, onStoreFailure = 'open' } = options;
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) throw bad('name', name, '1 to 64 of A-Z a-z 0-9 . _ -');
  if (!KINDS.includes(kind)) throw bad('kind', kind, KINDS.join(', '));
  whole('points', points, POINTS_LIMIT);
  whole('durationMs', durationMs, LONGEST_MS);
  const blockMs = whole('blockMs', options.blockMs ?? durationMs, LONGEST_MS);
  const longestBlockMs = whole(
    'longestBlockMs',
    options.longestBlockMs ?? Math.min(64 * blockMs, LONGEST_MS),
    LONGEST_MS,
  );
  if (longestBlockMs < blockMs) throw bad('longestBlockMs', longestBlockMs, `blockMs (${blockMs}) or more`);
  const forgiveMs = whole('forgiveMs', options.forgiveMs ?? longestBlockMs, LONGEST_MS);
  if (onStoreFailure !== 'open' && onStoreFailure !== 'closed')
    throw bad('onStoreFailure', onStoreFailure, 'open, closed');
  return { name, kind, points, durationMs, blockMs, longestBlockMs, forgiveMs, onStoreFailure };
}

/** The points of one hit. */
export function checkPoints(points: number): number {
  return whole('points', points, POINTS_LIMIT);
}

function whole(name: string, given: number, most: number): number {
  if (!Number.isInteger(given) || given < 1 || given > most) throw bad(name, given, `whole, 1 to ${most}`);
  return given;
}

function bad(name: string, given: unknown, allowed: string): StateError {
  const shown = typeof given === 'number' ? String(given) : JSON.stringify(given);
  return new StateError('STATE_BAD_ARGUMENT', `rateLimit: ${name} is ${shown}; allowed: ${allowed}`);
}

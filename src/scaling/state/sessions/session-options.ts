import { MAX_TTL_MS } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions } from '../shared-state.ts';

/** How sessions are kept; each has a default. */
export interface SessionStoreOptions {
  /**
   * Milliseconds that a session lives after its last request, if its cookie has no `maxAge` (a cookie with `maxAge` decides itself).
   * Default 86,400,000, a day.
   */
  readonly ttlMs?: number;
  /** Begins the keys of the sessions; two stores with different prefixes see nothing of each other. 1 to 200 characters. Default `sess:`. */
  readonly prefix?: string;
  /** Longest time for one call on the shared state. Default: the driver's own. */
  readonly timeoutMs?: number;
  /**
   * What a cookie is worth whose session this machine has no copy of, while Redis is away: `error` fails the request with SESSION_UNKNOWN
   * (503, Retry-After) in the first minute of an outage, so that nobody is taken for logged out; `none` takes it for no session at once.
   * Default `error`.
   */
  readonly whenUnknown?: 'error' | 'none';
}

/** The options with their defaults, as the records want them. */
export interface SessionKeeping {
  readonly ttlMs: number;
  readonly prefix: string;
  readonly call: CallOptions;
  readonly ifUnknown: 'absent' | 'error';
}

const DAY_MS = 86_400_000;

/** @throws StateError STATE_BAD_ARGUMENT: an option out of its range */
export function sessionKeeping(options: SessionStoreOptions): SessionKeeping {
  const { ttlMs = DAY_MS, prefix = 'sess:', timeoutMs, whenUnknown = 'error' } = options;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw badOption('ttlMs', ttlMs, `whole milliseconds, 1 to ${MAX_TTL_MS}`);
  }
  if (prefix.length < 1 || prefix.length > 200) throw badOption('prefix', prefix, '1 to 200 characters');
  if (whenUnknown !== 'error' && whenUnknown !== 'none') throw badOption('whenUnknown', whenUnknown, 'error, none');
  const call = timeoutMs === undefined ? {} : { timeoutMs };
  return { ttlMs, prefix, call, ifUnknown: whenUnknown === 'error' ? 'error' : 'absent' };
}

function badOption(name: string, given: unknown, allowed: string): StateError {
  return new StateError('STATE_BAD_ARGUMENT', `sessions: ${name} is ${JSON.stringify(given)}; allowed: ${allowed}`);
}

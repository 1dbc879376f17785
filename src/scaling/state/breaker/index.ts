/** Circuit breakers by name, one registry per process. */
import { Breaker } from './breaker.ts';
import { BreakerError } from './errors.ts';
import { type BreakerOptions, differenceBetween, settingsOf } from './options.ts';
import type { BreakerReport } from './report.ts';

export type { Breaker, BreakerChange, ExecuteOptions } from './breaker.ts';
export { BreakerError, type BreakerErrorCode } from './errors.ts';
export type { BreakerOptions } from './options.ts';
export type { BreakerReport } from './report.ts';

/** On the process, because the app and the worker's agent may each have loaded this module. */
const BREAKERS_KEY = Symbol.for('tidegate.breakers');

function registry(): Map<string, Breaker> {
  const holder = globalThis as { [BREAKERS_KEY]?: Map<string, Breaker> };
  holder[BREAKERS_KEY] ??= new Map();
  return holder[BREAKERS_KEY];
}

/**
 * The breaker of that name, made at the first call: closed, it opens after `failureThreshold` failures in a row and rejects for
 * `resetTimeoutMs`; then `successThreshold` calls are tried, and close it if they succeed. After Nygard, "Release It!", ch. 5.
 *
 * ```js
 * const payments = breaker('payments', { timeoutMs: 2_000 });
 * const receipt = await payments.execute((signal) => fetch(url, { signal }));
 * ```
 * @throws BreakerError BREAKER_OPTIONS for a figure that is not allowed, or that differs from the breaker's own
 */
export function breaker(name: string, options: BreakerOptions = {}): Breaker {
  if (typeof name !== 'string' || name.length === 0 || name.length > 200) {
    throw new BreakerError('BREAKER_OPTIONS', String(name), "A breaker's name must be 1 to 200 characters long");
  }
  const all = registry();
  const known = all.get(name);
  if (known === undefined) {
    const made = new Breaker(name, settingsOf(name, options));
    all.set(name, made);
    return made;
  }
  const difference = differenceBetween(known.settings, options);
  if (difference !== undefined) {
    throw new BreakerError('BREAKER_OPTIONS', name, `Breaker ${name} exists already, with ${difference}`);
  }
  return known;
}

/** All breakers of this process, by name. */
export function breakers(): ReadonlyMap<string, Breaker> {
  return registry();
}

/** The statistics of all breakers of this process, by name, JSON-ready. */
export function breakerReports(): Record<string, BreakerReport> {
  return Object.fromEntries([...registry()].map(([name, one]) => [name, one.report()]));
}

/** Closes one breaker, or all; false: there is none of that name. */
export function resetBreakers(name?: string): boolean {
  if (name === undefined) {
    for (const one of registry().values()) one.reset();
    return true;
  }
  const one = registry().get(name);
  one?.reset();
  return one !== undefined;
}

import type { SharedState } from '../shared-state.ts';
import { Cache } from './cache.ts';
import type { CacheOptions } from './options.ts';

export { Cache } from './cache.ts';
export { CacheLoadError } from './errors.ts';
export type { Loader } from './load.ts';
export type { CacheOptions } from './options.ts';
export type { Labels, Target } from './scope.ts';
export type { CacheStats } from './tally.ts';

/**
 * A cache over `state`; make one per name and process, and keep it.
 * @throws RangeError for an option out of range.
 */
export function cache<T = unknown>(state: SharedState, options: CacheOptions): Cache<T> {
  return new Cache<T>(state, options);
}

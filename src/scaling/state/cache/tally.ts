import { count } from '../meters.ts';

/** Where a value came from: this process, the shared state, either but past its time, or the loader. */
export type Level = 'l1' | 'l2' | 'stale' | 'load';

/** What a cache did in this process since it was made. */
export interface CacheStats {
  readonly name: string;
  /** Calls answered from this process, from the shared state, and with a value past its time that is loaded anew behind it. */
  readonly hits: { readonly l1: number; readonly l2: number; readonly stale: number };
  /** Calls that a loader had to answer, here or in another process. */
  readonly misses: number;
  /** Hits over all calls, 0 to 1; 0 before the first call. */
  readonly hitRatio: number;
  /** How often this process called a loader; less than the misses, for callers share a load. */
  readonly loads: number;
  readonly loadErrors: number;
  /** Loads for which this process waited while another one loaded. */
  readonly waits: number;
  /** Invalidations asked for here, and heard of from other processes. */
  readonly invalidations: { readonly own: number; readonly heard: number };
  /** How often all of this process's values were dropped because notices may have been missed. */
  readonly flushes: number;
  /** Values that were returned and not kept: too large, or not JSON. */
  readonly unfit: number;
  /** Calls on the shared state that failed. */
  readonly stateErrors: number;
  /** Invalidations that the shared state hasn't got yet. */
  readonly unspread: number;
  readonly l1: { readonly entries: number; readonly bytes: number };
}

/** Counts for `stats()` and for the metrics. */
export class Tally {
  readonly #name: string;
  readonly #calls: Record<Level, number> = { l1: 0, l2: 0, stale: 0, load: 0 };
  loads = 0;
  loadErrors = 0;
  waits = 0;
  own = 0;
  heard = 0;
  unfit = 0;

  constructor(name: string) {
    this.#name = name;
  }

  answered(level: Level): void {
    this.#calls[level] += 1;
    if (level === 'load') count('cache_misses_total', [this.#name]);
    else count('cache_hits_total', [this.#name, level]);
  }

  stats(rest: Pick<CacheStats, 'flushes' | 'stateErrors' | 'unspread' | 'l1'>): CacheStats {
    const { l1, l2, stale, load } = this.#calls;
    const hits = l1 + l2 + stale;
    return {
      name: this.#name,
      hits: { l1, l2, stale },
      misses: load,
      hitRatio: hits + load === 0 ? 0 : hits / (hits + load),
      loads: this.loads,
      loadErrors: this.loadErrors,
      waits: this.waits,
      invalidations: { own: this.own, heard: this.heard },
      unfit: this.unfit,
      ...rest,
    };
  }
}

import { Store } from '../../../../../src/scaling/state/embedded/store/store.ts';
import type { CountingState } from '../../../../../src/scaling/state/limits/shared-limiter.ts';
import type { Count } from '../../../../../src/scaling/state/shared-state.ts';

const MEMORY_BYTES = 8 * 1024 * 1024;

/** The embedded store's counts on a clock that tests turn by hand; `failure`, while set, is what every call ends with. */
export class ClockedCounts implements CountingState {
  nowMs = 0;
  failure: Error | undefined;
  readonly keys: string[] = [];
  readonly #store = new Store(MEMORY_BYTES);

  async increment(key: string, by: number, ttlMs: number): Promise<Count> {
    this.#called(key);
    return this.#store.counts.increment(key, by, ttlMs, this.nowMs);
  }

  async count(key: string): Promise<Count | undefined> {
    this.#called(key);
    return this.#store.counts.read(key, this.nowMs);
  }

  async expire(key: string, ttlMs: number): Promise<boolean> {
    this.#called(key);
    return this.#store.expire(key, this.nowMs + ttlMs, this.nowMs);
  }

  async delete(keys: readonly string[]): Promise<number> {
    for (const key of keys) this.#called(key);
    return this.#store.delete(keys, this.nowMs);
  }

  #called(key: string): void {
    this.keys.push(key);
    if (this.failure !== undefined) throw this.failure;
  }
}

import { Store } from '../../../../../src/scaling/state/embedded/store/store.ts';
import { fromStored, toStored } from '../../../../../src/scaling/state/embedded/stored.ts';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import type {
  CompareAndSetResult,
  KeepOptions,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../../../../../src/scaling/state/shared-state.ts';

const MEMORY_BYTES = 8 * 1024 * 1024;

/** What happens to the next writes: done but the answer is lost, lost before it was done, or refused. */
export type Fault = 'answer lost' | 'request lost' | 'unavailable';

/** The embedded store's records on a clock that tests turn by hand, with the calls that were made and faults on demand. */
export class ClockedRecords implements VersionedRecords {
  nowMs = 0;
  readonly calls: string[] = [];
  readonly faults: Fault[] = [];
  readonly #store = new Store(MEMORY_BYTES);

  async read(key: string): Promise<VersionedRecord | undefined> {
    this.calls.push('read');
    if (this.faults[0] === 'unavailable') throw new StateError('STATE_UNAVAILABLE', 'the store is away');
    const record = this.#store.records.read(key, this.nowMs);
    return record && { ...record, value: fromStored(record.value) };
  }

  async compareAndSet(
    key: string,
    expected: number,
    value: Value,
    { ttlMs }: KeepOptions & { readonly ttlMs: number },
  ): Promise<CompareAndSetResult> {
    this.calls.push('compareAndSet');
    const fault = this.faults.shift();
    if (fault === 'unavailable') throw new StateError('STATE_UNAVAILABLE', 'the store is away');
    const lost = new StateError('STATE_TIMEOUT', 'no answer in time', { ambiguous: true });
    if (fault === 'request lost') throw lost;
    const { records } = this.#store;
    const result = records.compareAndSet(key, expected, toStored(value), this.nowMs + ttlMs, this.nowMs);
    if (fault === 'answer lost') throw lost;
    if (result.stored || result.current === undefined) return result as CompareAndSetResult;
    return { stored: false, current: { ...result.current, value: fromStored(result.current.value) } };
  }

  async setIfNewer(
    key: string,
    version: number,
    value: Value | null,
    { ttlMs }: KeepOptions & { readonly ttlMs: number },
  ): Promise<boolean> {
    const stored = value === null ? null : toStored(value);
    return this.#store.records.setIfNewer(key, version, stored, this.nowMs + ttlMs, this.nowMs);
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    this.calls.push('touch');
    return this.#store.records.touch(key, this.nowMs + ttlMs, this.nowMs);
  }

  async delete(key: string): Promise<boolean> {
    this.calls.push('delete');
    return this.#store.records.delete(key, this.nowMs);
  }

  async *scan(prefix: string): AsyncIterable<string> {
    const entries = this.#store.recordKeys.entries();
    for (let step = entries.next(); step.done !== true; step = entries.next()) {
      const { key } = step.value;
      // Twice, as a store may.
      if (key.startsWith(prefix) && this.#store.records.read(key, this.nowMs) !== undefined) yield* [key, key];
    }
  }
}

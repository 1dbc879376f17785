import type {
  CallOptions,
  CompareAndSetResult,
  KeepOptions,
  RecordReadOptions,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../shared-state.ts';
import type { Call } from './call.ts';

/** The records of a state that is opened at the first call. */
export class LazyRecords implements VersionedRecords {
  readonly #call: Call;
  readonly scan: VersionedRecords['scan'];

  constructor(call: Call, scan: VersionedRecords['scan']) {
    this.#call = call;
    this.scan = scan;
  }

  read(key: string, options?: RecordReadOptions): Promise<VersionedRecord | undefined> {
    return this.#call('record_read', ({ records }) => records.read(key, options));
  }

  compareAndSet(
    key: string,
    expected: number,
    value: Value,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<CompareAndSetResult> {
    return this.#call('record_compare_and_set', ({ records }) => records.compareAndSet(key, expected, value, options));
  }

  setIfNewer(
    key: string,
    version: number,
    value: Value | null,
    options: KeepOptions & { readonly ttlMs: number },
  ): Promise<boolean> {
    return this.#call('record_set_if_newer', ({ records }) => records.setIfNewer(key, version, value, options));
  }

  touch(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#call('record_touch', ({ records }) => records.touch(key, ttlMs, options));
  }

  delete(key: string, options?: CallOptions): Promise<boolean> {
    return this.#call('record_delete', ({ records }) => records.delete(key, options));
  }
}

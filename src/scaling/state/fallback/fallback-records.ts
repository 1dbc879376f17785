import { checkKey, checkPrefix, checkTtlMs, checkValue, checkVersion } from '../arguments.ts';
import type {
  CallOptions,
  CompareAndSetResult,
  KeepOptions,
  SharedState,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../shared-state.ts';
import { withinDeadline } from './caller-deadline.ts';
import type { DegradedRecords } from './degraded-records.ts';
import type { HealthyRecords } from './healthy-records.ts';
import type { RecordCopies } from './record-copies.ts';
import { scanBoth } from './scan.ts';
import type { SwitchOver } from './switch-over.ts';

type Keep = KeepOptions & { readonly ttlMs: number };

/** Records: on Redis and in the embedded store always; whichever copy is newer counts. docs/STATE-PROMISES.md says what each call promises. */
export class FallbackRecords implements VersionedRecords {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #switch: SwitchOver;
  readonly #copies: RecordCopies;
  readonly #healthy: HealthyRecords;
  readonly #degraded: DegradedRecords;

  constructor(
    stores: { readonly primary: SharedState; readonly embedded: SharedState },
    switchOver: SwitchOver,
    copies: RecordCopies,
    healthy: HealthyRecords,
    degraded: DegradedRecords,
  ) {
    this.#primary = stores.primary;
    this.#embedded = stores.embedded;
    this.#switch = switchOver;
    this.#copies = copies;
    this.#healthy = healthy;
    this.#degraded = degraded;
  }

  async read(key: string, options: CallOptions = {}): Promise<VersionedRecord | undefined> {
    checkKey(key);
    return withinDeadline('records.read', options, () =>
      this.#switch.either(
        () => this.#copies.read(key),
        () => this.#embedded.records.read(key),
      ),
    );
  }

  async compareAndSet(key: string, expected: number, value: Value, options: Keep): Promise<CompareAndSetResult> {
    checkKey(key);
    checkVersion('expected', expected, 0);
    checkValue(value);
    const { ttlMs } = options;
    checkTtlMs(ttlMs);
    return withinDeadline('records.compareAndSet', options, () =>
      this.#switch.either(
        () => this.#healthy.compareAndSet(key, expected, value, ttlMs),
        () => this.#degraded.compareAndSet(key, expected, value, ttlMs),
      ),
    );
  }

  async setIfNewer(key: string, version: number, value: Value | null, options: Keep): Promise<boolean> {
    checkKey(key);
    checkVersion('version', version, 1);
    if (value !== null) checkValue(value);
    const { ttlMs } = options;
    checkTtlMs(ttlMs);
    return withinDeadline('records.setIfNewer', options, () =>
      this.#switch.either(
        () => this.#healthy.setIfNewer(key, version, value, ttlMs),
        () => this.#degraded.setIfNewer(key, version, value, ttlMs),
      ),
    );
  }

  async touch(key: string, ttlMs: number, options: CallOptions = {}): Promise<boolean> {
    checkKey(key);
    checkTtlMs(ttlMs);
    return withinDeadline('records.touch', options, () =>
      this.#switch.either(
        () => this.#healthy.touch(key, ttlMs),
        () => this.#degraded.touch(key, ttlMs),
      ),
    );
  }

  async delete(key: string, options: CallOptions = {}): Promise<boolean> {
    checkKey(key);
    return withinDeadline('records.delete', options, () =>
      this.#switch.either(
        () => this.#healthy.delete(key),
        () => this.#degraded.delete(key),
      ),
    );
  }

  scan(prefix: string, options?: CallOptions): AsyncIterable<string> {
    checkPrefix(prefix);
    return scanBoth(
      this.#switch.guard,
      () => this.#primary.records.scan(prefix, options),
      () => this.#embedded.records.scan(prefix, options),
      'always',
    );
  }
}

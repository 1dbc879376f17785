import { checkKey, checkPrefix, checkTtlMs, checkValue, checkVersion } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type {
  CallOptions,
  CompareAndSetResult,
  KeepOptions,
  RecordReadOptions,
  SharedState,
  Value,
  VersionedRecord,
  VersionedRecords,
} from '../shared-state.ts';
import { withinDeadline } from './caller-deadline.ts';
import type { DegradedRecords } from './degraded-records.ts';
import type { HealthyRecords } from './healthy-records.ts';
import type { RecordCopies } from './record-copies.ts';
import type { RecordInquiry } from './record-inquiry.ts';
import { scanBoth } from './scan.ts';
import type { SwitchOver } from './switch-over.ts';

/** As long as a failover, a restart or a short outage takes. */
const UNKNOWN_FOR_MS = 60_000;

type Keep = KeepOptions & { readonly ttlMs: number };

/** Records: on Redis and in the embedded store always; whichever copy is newer counts. docs/STATE-PROMISES.md says what each call promises. */
export class FallbackRecords implements VersionedRecords {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #switch: SwitchOver;
  readonly #copies: RecordCopies;
  readonly #healthy: HealthyRecords;
  readonly #degraded: DegradedRecords;
  readonly #inquiry: RecordInquiry;

  constructor(
    stores: { readonly primary: SharedState; readonly embedded: SharedState },
    switchOver: SwitchOver,
    copies: RecordCopies,
    healthy: HealthyRecords,
    degraded: DegradedRecords,
    inquiry: RecordInquiry,
  ) {
    this.#primary = stores.primary;
    this.#embedded = stores.embedded;
    this.#switch = switchOver;
    this.#copies = copies;
    this.#healthy = healthy;
    this.#degraded = degraded;
    this.#inquiry = inquiry;
  }

  async read(key: string, options: RecordReadOptions = {}): Promise<VersionedRecord | undefined> {
    checkKey(key);
    return withinDeadline('records.read', options, () =>
      this.#switch.either(
        () => this.#copies.read(key),
        () => (options.ifUnknown === 'error' ? this.#readForCertain(key) : this.#embedded.records.read(key)),
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

  /** @throws StateError STATE_UNKNOWN */
  async #readForCertain(key: string): Promise<VersionedRecord | undefined> {
    const here = await this.#embedded.records.read(key);
    if (here !== undefined) return here;
    const there = await this.#inquiry.ask(key);
    if (there.known) return there.value;
    // An outage that lasts is no reason to refuse for ever what may not exist: then what is here counts.
    if (this.#switch.degradedForMs >= UNKNOWN_FOR_MS) return undefined;
    throw new StateError(
      'STATE_UNKNOWN',
      'records.read: this machine has no copy of the record, and Redis, which may have it, does not answer; ask again in a moment',
    );
  }
}

import { StateError } from '../errors.ts';
import type {
  CallOptions,
  Count,
  KeepOptions,
  Reservations,
  SharedState,
  StateStatus,
  Unsubscribe,
  Value,
  VersionedRecords,
} from '../shared-state.ts';
import type { Call } from './call.ts';
import { LazyRecords } from './lazy-records.ts';
import { LazyReservations } from './lazy-reservations.ts';
import { OperationMeter } from './operation-meter.ts';

/** Opens the shared state at the first call, so that an app which never uses it pays nothing, and counts what is done on it. */
export class LazyState implements SharedState {
  readonly driver: SharedState['driver'];
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  readonly #open: () => Promise<SharedState>;
  readonly #meter: OperationMeter;
  #opening: Promise<SharedState> | undefined;
  #opened: SharedState | undefined;
  #closed = false;

  constructor(driver: SharedState['driver'], open: () => Promise<SharedState>) {
    this.driver = driver;
    this.#open = open;
    this.#meter = new OperationMeter(driver);
    const call: Call = (operation, run) => this.#call(operation, run);
    this.records = new LazyRecords(call, (prefix, options) => this.#scanRecords(prefix, options));
    this.reservations = new LazyReservations(call);
  }

  /** The state itself, once it is open. */
  opened(): Promise<SharedState> {
    if (this.#closed) return Promise.reject(new StateError('STATE_CLOSED', 'the shared state has been closed'));
    this.#opening ??= this.#open().then(
      (state) => {
        this.#opened = state;
        return state;
      },
      (error: unknown) => {
        this.#opening = undefined; // the next call tries again
        throw error;
      },
    );
    return this.#opening;
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.#call('get', (state) => state.get(key, options));
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.#call('get_many', (state) => state.getMany(keys, options));
  }

  set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    return this.#call('set', (state) => state.set(key, value, options));
  }

  add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    return this.#call('add', (state) => state.add(key, value, options));
  }

  deleteIfEqual(key: string, value: Value, options?: CallOptions): Promise<boolean> {
    return this.#call('delete_if_equal', (state) => state.deleteIfEqual(key, value, options));
  }

  delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    return this.#call('delete', (state) => state.delete(keys, options));
  }

  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#call('expire', (state) => state.expire(key, ttlMs, options));
  }

  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    return this.#call('increment', (state) => state.increment(key, by, ttlMs, options));
  }

  count(key: string, options?: CallOptions): Promise<Count | undefined> {
    return this.#call('count', (state) => state.count(key, options));
  }

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    return this.#call('hash_set', (state) => state.hashSet(key, fields, options));
  }

  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    return this.#call('hash_get_all', (state) => state.hashGetAll(key, options));
  }

  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.#call('hash_delete', (state) => state.hashDelete(key, fields, options));
  }

  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    return this.#call('hash_increment', (state) => state.hashIncrement(key, field, by, options));
  }

  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    return this.#call('set_add', (state) => state.setAdd(key, members, options));
  }

  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.#call('set_remove', (state) => state.setRemove(key, members, options));
  }

  setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#call('set_members', (state) => state.setMembers(key, options));
  }

  async *scan(prefix: string, options?: CallOptions): AsyncIterable<string> {
    yield* (await this.opened()).scan(prefix, options);
  }

  publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    return this.#call('publish', (state) => state.publish(channel, message, options));
  }

  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    return this.#call('subscribe', (state) => state.subscribe(channel, listener));
  }

  ping(options?: CallOptions): Promise<number> {
    return this.#call('ping', (state) => state.ping(options));
  }

  status(): StateStatus {
    if (this.#opened !== undefined) return this.#opened.status();
    return { driver: this.driver, connected: false, degradedSinceMs: null, reason: null, detail: {} };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const state = await this.#opening?.catch(() => undefined);
    await state?.close();
  }

  async *#scanRecords(prefix: string, options?: CallOptions): AsyncIterable<string> {
    yield* (await this.opened()).records.scan(prefix, options);
  }

  async #call<T>(operation: string, run: (state: SharedState) => Promise<T>): Promise<T> {
    const startedAtMs = performance.now();
    let outcome = 'ok';
    try {
      return await run(this.#opened ?? (await this.opened()));
    } catch (error) {
      outcome = error instanceof StateError ? error.code.toLowerCase() : 'error';
      throw error;
    } finally {
      this.#meter.add(operation, outcome, performance.now() - startedAtMs);
    }
  }
}

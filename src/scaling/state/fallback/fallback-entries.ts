import { checkKey, checkNames, checkValue } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions, Count, EntryCalls, KeepOptions, SharedState, Value } from '../shared-state.ts';
import { withinDeadline } from './caller-deadline.ts';
import { type Deletions, manyMs } from './deletions.ts';
import { transferMs } from './record-copies.ts';
import type { SwitchOver } from './switch-over.ts';

/** Where the calls go. */
export interface Stores {
  readonly primary: SharedState;
  readonly embedded: SharedState;
  readonly switchOver: SwitchOver;
  readonly deletions: Deletions;
}

/** Calls on entries: by Redis, or by the embedded store while it stands in. The two know nothing of each other's entries. */
export abstract class FallbackEntries implements EntryCalls {
  protected abstract readonly stores: Stores;
  protected isClosed = false;

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.either('get', options, (store) => store.get(key));
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.either('getMany', options, (store) => store.getMany(keys), manyMs(keys));
  }

  async set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    checkValue(value);
    const keep = keepOf(options);
    return this.either('set', options, (store) => store.set(key, value, keep), transferMs(value.length));
  }

  add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    const keep = keepOf(options);
    return this.either('add', options, (store) => store.add(key, value, keep));
  }

  async deleteIfEqual(key: string, value: Value, options: CallOptions = {}): Promise<boolean> {
    checkKey(key);
    checkValue(value);
    return this.call('deleteIfEqual', options, () => this.stores.deletions.deleteIfEqual(key, value));
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<number> {
    checkNames('key', keys);
    return this.call('delete', options, () => this.stores.deletions.delete(keys));
  }

  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.either('expire', options, (store) => store.expire(key, ttlMs));
  }

  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    return this.either('increment', options, (store) => store.increment(key, by, ttlMs));
  }

  count(key: string, options?: CallOptions): Promise<Count | undefined> {
    return this.either('count', options, (store) => store.count(key));
  }

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    const keep = keepOf(options);
    return this.either('hashSet', options, (store) => store.hashSet(key, fields, keep));
  }

  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    return this.either('hashGetAll', options, (store) => store.hashGetAll(key));
  }

  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.either('hashDelete', options, (store) => store.hashDelete(key, fields));
  }

  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    return this.either('hashIncrement', options, (store) => store.hashIncrement(key, field, by));
  }

  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    const keep = keepOf(options);
    return this.either('setAdd', options, (store) => store.setAdd(key, members, keep));
  }

  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.either('setRemove', options, (store) => store.setRemove(key, members));
  }

  setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.either('setMembers', options, (store) => store.setMembers(key));
  }

  /** @param extraMs what a large call may take beyond the time by which Redis is judged */
  protected either<T>(
    name: string,
    options: CallOptions = {},
    call: (store: SharedState) => Promise<T>,
    extraMs = 0,
  ): Promise<T> {
    const { primary, embedded, switchOver } = this.stores;
    return this.call(name, options, () =>
      switchOver.either(
        () => switchOver.guard.run(() => call(primary), extraMs),
        () => call(embedded),
      ),
    );
  }

  protected async call<T>(name: string, options: CallOptions, call: () => Promise<T>): Promise<T> {
    this.checkOpen(name);
    return withinDeadline(name, options, call);
  }

  /** @throws StateError STATE_CLOSED */
  protected checkOpen(name: string): void {
    if (this.isClosed) throw new StateError('STATE_CLOSED', `${name}: the shared state was closed`);
  }
}

function keepOf(options: KeepOptions | undefined): KeepOptions {
  return options?.ttlMs === undefined ? {} : { ttlMs: options.ttlMs };
}

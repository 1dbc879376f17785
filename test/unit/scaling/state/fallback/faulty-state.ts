import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import type { SharedState } from '../../../../../src/scaling/state/shared-state.ts';

/**
 * What a Redis does with a call: answers; refuses it (`down`, nothing done); neither does nor answers it (`hung`); does it, but the
 * answer never comes (`mute`); does it, and then says that the connection broke (`broken`).
 */
export type Fault = 'none' | 'down' | 'hung' | 'mute' | 'broken';

const MEMORY_BYTES = 64 * 1024 * 1024;

/** A store in this process in the place of Redis, with faults to order. */
export class FaultyState {
  readonly store: LocalState;
  readonly state: SharedState;
  /** Of every call, or of those by the names in `faults`. */
  fault: Fault = 'none';
  readonly faults = new Map<string, Fault>();
  /** Names of the calls that came, whatever became of them. */
  readonly calls: string[] = [];

  constructor(now?: () => number) {
    this.store = new LocalState({ memoryLimitBytes: MEMORY_BYTES, ...(now && { now }) });
    this.state = this.#wrap(this.store, '');
  }

  /** A new store with nothing in it would be a restart; this forgets one record, as a failover does with its last writes. */
  async loseRecord(
    key: string,
    to?: { readonly version: number; readonly value: string; readonly ttlMs: number },
  ): Promise<void> {
    await this.store.delete([key]);
    if (to !== undefined) await this.store.records.setIfNewer(key, to.version, to.value, { ttlMs: to.ttlMs });
  }

  #wrap<T extends object>(target: T, prefix: string): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value = Reflect.get(target, property, target) as unknown;
        const name = `${prefix}${String(property)}`;
        if (name === 'records' || name === 'reservations') return this.#wrap(value as object, `${name}.`);
        if (typeof value !== 'function' || name === 'close' || name === 'status') {
          return typeof value === 'function' ? value.bind(target) : value;
        }
        if (name === 'scan' || name === 'records.scan')
          return (prefix: string) => this.#scan(name, value.call(target, prefix));
        return (...args: unknown[]) => this.#call(name, () => value.apply(target, args) as Promise<unknown>);
      },
    });
  }

  async #call(name: string, call: () => Promise<unknown>): Promise<unknown> {
    this.calls.push(name);
    switch (this.faults.get(name) ?? this.fault) {
      case 'none':
        return call();
      case 'down':
        throw new StateError('STATE_UNAVAILABLE', 'CLUSTERDOWN');
      case 'hung':
        return new Promise(() => {});
      case 'mute':
        await call();
        return new Promise(() => {});
      case 'broken':
        await call();
        throw new StateError('STATE_UNAVAILABLE', 'connection closed', { ambiguous: true });
    }
  }

  async *#scan(name: string, keys: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const key of keys) {
      await this.#call(name, async () => {});
      yield key;
    }
  }
}

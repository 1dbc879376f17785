import type { CompareAndSetResult, SharedState, Value } from '../shared-state.ts';
import type { PrimaryGuard } from './primary-guard.ts';
import { type RecordCopies, transferMs, wholeMs } from './record-copies.ts';
import type { Shadow } from './shadow.ts';

/** A writer that is overtaken each time gives up after so many. */
const ATTEMPTS = 5;

/** Records while Redis is healthy: it decides, the embedded store gets a copy of everything. Each may fail with PrimaryFailed. */
export class HealthyRecords {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #guard: PrimaryGuard;
  readonly #shadow: Shadow;
  readonly #copies: RecordCopies;

  constructor(primary: SharedState, embedded: SharedState, guard: PrimaryGuard, shadow: Shadow, copies: RecordCopies) {
    this.#primary = primary;
    this.#embedded = embedded;
    this.#guard = guard;
    this.#shadow = shadow;
    this.#copies = copies;
  }

  async compareAndSet(key: string, expected: number, value: Value, ttlMs: number): Promise<CompareAndSetResult> {
    // Redis may have lost a newer version at a failover: writing on top of the older one would undo it.
    const local = await this.#copies.local(key);
    const ahead = local.known && local.value !== undefined ? local.value : undefined;
    if (ahead !== undefined && ahead.version > expected) await this.#copies.lift(key, ahead);
    let result = await this.#write(key, expected, value, ttlMs);
    if (!result.stored && ahead !== undefined && ahead.version > (result.current?.version ?? 0)) {
      await this.#copies.lift(key, ahead);
      result = await this.#write(key, expected, value, ttlMs);
    }
    if (!result.stored) {
      if (result.current !== undefined) await this.#copies.lower(key, result.current);
      return result;
    }
    const { version } = result;
    if ((await this.#copies.lower(key, { version, value, ttlMs })) === 'kept') return result;
    return expected === 0 ? this.#createAnew(key, value, ttlMs) : this.#undo(key);
  }

  async setIfNewer(key: string, version: number, value: Value | null, ttlMs: number): Promise<boolean> {
    const taken = await this.#guard.run(
      () => this.#primary.records.setIfNewer(key, version, value, { ttlMs }),
      transferMs(value?.length ?? 0),
    );
    await this.#shadow.ask((options) => this.#embedded.records.setIfNewer(key, version, value, { ...options, ttlMs }));
    return taken;
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    const [remote, local] = await Promise.all([
      this.#guard.run(() => this.#primary.records.touch(key, ttlMs)),
      this.#shadow.ask((options) => this.#embedded.records.touch(key, ttlMs, options)),
    ]);
    if (remote || !local.known || !local.value) return remote;
    // Here, but not on Redis: lost there, or deleted there.
    if ((await this.#copies.readFromMaster(key)) === undefined) return false;
    return this.#guard.run(() => this.#primary.records.touch(key, ttlMs));
  }

  async delete(key: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const current = await this.#copies.readFromMaster(key);
      if (current === undefined) return false;
      const version = current.version + 1;
      const ttlMs = wholeMs(current.ttlMs);
      const deleted = await this.#guard.run(() => this.#primary.records.setIfNewer(key, version, null, { ttlMs }));
      if (!deleted) continue;
      await this.#shadow.ask((options) => this.#embedded.records.setIfNewer(key, version, null, { ...options, ttlMs }));
      return true;
    }
    const [remote] = await Promise.all([
      this.#guard.run(() => this.#primary.records.delete(key)),
      this.#shadow.ask((options) => this.#embedded.records.delete(key, options)),
    ]);
    return remote;
  }

  #write(key: string, expected: number, value: Value, ttlMs: number): Promise<CompareAndSetResult> {
    return this.#guard.run(
      () => this.#primary.records.compareAndSet(key, expected, value, { ttlMs }),
      transferMs(value.length),
    );
  }

  /** Redis has forgotten a deletion that the embedded store remembers: the new record's version goes on from there. */
  async #createAnew(key: string, value: Value, ttlMs: number): Promise<CompareAndSetResult> {
    const here = await this.#shadow.ask((options) =>
      this.#embedded.records.compareAndSet(key, 0, value, { ...options, ttlMs }),
    );
    if (!here.known || !here.value.stored) return { stored: false, current: await this.#copies.readFromMaster(key) };
    const { version } = here.value;
    await this.#guard.run(
      () => this.#primary.records.setIfNewer(key, version, value, { ttlMs }),
      transferMs(value.length),
    );
    return { stored: true, version };
  }

  /** The record was deleted while Redis was away, and this write is of one who didn't know: the deletion counts. */
  async #undo(key: string): Promise<CompareAndSetResult> {
    await this.#guard.run(() => this.#primary.records.delete(key));
    return { stored: false, current: undefined };
  }
}

import type { CompareAndSetResult, SharedState, Value } from '../shared-state.ts';
import type { Mark, Marks } from './marks.ts';
import { wholeMs } from './record-copies.ts';

/** A writer that is overtaken each time gives up after so many. */
const ATTEMPTS = 5;
/** How long the deletion of a record the embedded store has no copy of is remembered: longer than a session usually lives. */
const BLIND_DELETION_MS = 7 * 24 * 3600 * 1000;

/** Records while Redis is away: the embedded store decides, and a mark beside each change says what Redis must be told. */
export class DegradedRecords {
  readonly #embedded: SharedState;
  readonly #marks: Marks;
  readonly #onUnmarked: (error: unknown) => void;

  constructor(embedded: SharedState, marks: Marks, onUnmarked: (error: unknown) => void) {
    this.#embedded = embedded;
    this.#marks = marks;
    this.#onUnmarked = onUnmarked;
  }

  async compareAndSet(key: string, expected: number, value: Value, ttlMs: number): Promise<CompareAndSetResult> {
    // Marked first (one connection keeps the order): a crash in between leaves a mark too many, not one too few.
    const [, result] = await Promise.all([
      this.#mark(recordMark(key, expected + 1)),
      this.#embedded.records.compareAndSet(key, expected, value, { ttlMs }),
    ]);
    if (result.stored) {
      if (expected > 0) await this.#unmark(recordMark(key, expected));
      return result;
    }
    if (expected <= (result.current?.version ?? 0) || (await this.#marks.isBlindlyDeleted(key))) return result;
    // The caller has read a newer version on Redis than there is here; of several such writers the first one's copy is newer.
    if (await this.#embedded.records.setIfNewer(key, expected + 1, value, { ttlMs })) {
      return { stored: true, version: expected + 1 };
    }
    return { stored: false, current: await this.#embedded.records.read(key) };
  }

  async setIfNewer(key: string, version: number, value: Value | null, ttlMs: number): Promise<boolean> {
    const mark: Mark =
      value === null ? { kind: 'gone', key, version, expiresMs: Date.now() + ttlMs } : recordMark(key, version);
    const [, taken] = await Promise.all([
      this.#mark(mark),
      this.#embedded.records.setIfNewer(key, version, value, { ttlMs }),
    ]);
    return taken;
  }

  async touch(key: string, ttlMs: number): Promise<boolean> {
    const touched = await this.#embedded.records.touch(key, ttlMs);
    if (touched) await this.#mark({ kind: 'touch', key });
    return touched;
  }

  async delete(key: string): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const current = await this.#embedded.records.read(key);
      if (current === undefined) {
        // Redis may well have it: who logs out stays logged out when it returns.
        await this.#mark({ kind: 'gone', key, version: null, expiresMs: Date.now() + BLIND_DELETION_MS });
        return false;
      }
      const version = current.version + 1;
      const ttlMs = wholeMs(current.ttlMs);
      const [, deleted] = await Promise.all([
        this.#mark({ kind: 'gone', key, version, expiresMs: Date.now() + ttlMs }),
        this.#embedded.records.setIfNewer(key, version, null, { ttlMs }),
      ]);
      if (deleted) return true;
    }
    return this.#embedded.records.delete(key);
  }

  async #mark(mark: Mark): Promise<void> {
    await this.#marks.add(mark).catch(this.#onUnmarked);
  }

  async #unmark(mark: Mark): Promise<void> {
    await this.#marks.drop(mark).catch(this.#onUnmarked);
  }
}

function recordMark(key: string, version: number): Mark {
  return { kind: 'record', key, version, markedMs: Date.now() };
}

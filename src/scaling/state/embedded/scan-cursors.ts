import { StateError } from '../errors.ts';
import type { Entry } from './store/entry.ts';

/** Entries looked at per round trip: some 1 ms, in which nobody else is served. */
const LOOK_ENTRIES = 5000;
/** Keys told per round trip. */
const TELL_KEYS = 500;
/** Scans one connection may have open; the oldest ends when there is one more. */
const MOST_OPEN = 64;

interface Cursor {
  readonly entries: Iterator<Entry>;
  readonly prefix: string;
}

/** What one round trip of a scan found; `cursor` 0: that was all. */
export interface ScanStep {
  readonly cursor: number;
  readonly keys: readonly string[];
}

/** The scans that one connection has open. */
export class ScanCursors {
  readonly #open = new Map<number, Cursor>();
  #lastId = 0;

  begin(entries: Iterator<Entry>, prefix: string, nowMs: number): ScanStep {
    this.#lastId = (this.#lastId % 0xffff_ffff) + 1;
    this.#open.set(this.#lastId, { entries, prefix });
    if (this.#open.size > MOST_OPEN) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
    }
    return this.next(this.#lastId, nowMs);
  }

  /** @throws StateError STATE_UNAVAILABLE when the scan is not open: the connection is a new one, or had too many */
  next(id: number, nowMs: number): ScanStep {
    const cursor = this.#open.get(id);
    if (cursor === undefined) {
      throw new StateError(
        'STATE_UNAVAILABLE',
        `the scan was broken off: the connection was lost, or more than ${MOST_OPEN} scans were open; begin it anew`,
      );
    }
    const keys: string[] = [];
    for (let looked = 0; looked < LOOK_ENTRIES && keys.length < TELL_KEYS; looked++) {
      const { done, value } = cursor.entries.next();
      if (done === true) {
        this.#open.delete(id);
        return { cursor: 0, keys };
      }
      if (value.expiresMs > nowMs && value.key.startsWith(cursor.prefix) && isThere(value)) keys.push(value.key);
    }
    return { cursor: id, keys };
  }

  end(id: number): void {
    this.#open.delete(id);
  }
}

function isThere(entry: Entry): boolean {
  return entry.kind !== 'record' || entry.content.value !== null;
}

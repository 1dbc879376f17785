import { StateError } from '../../errors.ts';
import type { Entry } from './entry.ts';
import { RecencyList } from './recency-list.ts';

/** A sweep of everything for what has expired takes long; a store that is full doesn't do it more often. */
const SWEEP_PAUSE_MS = 1000;

/** What can take entries away to make room. */
export interface Reclaimer {
  evict(entry: Entry): void;
  /** Removes all that has expired. */
  sweepAll(nowMs: number): void;
}

/**
 * The bytes there are, and who goes when they are used up. First plain values with a TTL, the least recently used before others; then counts,
 * because a flood of rate-limited addresses must not keep sessions from being saved. Nothing else is ever evicted: a write that
 * doesn't fit then fails with STATE_FULL.
 */
export class Memory {
  readonly limitBytes: number;
  readonly values = new RecencyList();
  readonly counts = new RecencyList();
  readonly #reclaimers: Reclaimer[] = [];
  #usedBytes = 0;
  #evicted = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;

  /** @throws RangeError unless the limit is a whole number of at least 64 KiB */
  constructor(limitBytes: number) {
    if (!Number.isSafeInteger(limitBytes) || limitBytes < 64 * 1024) {
      throw new RangeError(`the memory limit is ${limitBytes}; it must be a whole number of at least 65536 bytes`);
    }
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** How many entries had to go although their time wasn't over. */
  get evicted(): number {
    return this.#evicted;
  }

  /** The first one is the one whose entries are in the lists. */
  attach(reclaimer: Reclaimer): void {
    this.#reclaimers.push(reclaimer);
  }

  /** The list an entry belongs in; null: it is never evicted. */
  listOf(entry: Entry): RecencyList | null {
    if (entry.expiresMs === Number.POSITIVE_INFINITY) return null;
    if (entry.kind === 'value') return this.values;
    return entry.kind === 'count' ? this.counts : null;
  }

  /** @throws StateError STATE_FULL when not enough can be evicted; then nothing was. */
  take(bytes: number, nowMs: number): void {
    if (this.#usedBytes + bytes > this.limitBytes) this.#makeRoom(bytes, nowMs);
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  #makeRoom(bytes: number, nowMs: number): void {
    if (!this.#couldFit(bytes) && nowMs - this.#sweptMs >= SWEEP_PAUSE_MS) {
      this.#sweptMs = nowMs;
      for (const reclaimer of this.#reclaimers) reclaimer.sweepAll(nowMs);
    }
    if (!this.#couldFit(bytes)) {
      throw new StateError(
        'STATE_FULL',
        `${bytes} bytes more don't fit: ${this.#usedBytes} of ${this.limitBytes} bytes are taken, ` +
          `${this.values.bytes + this.counts.bytes} of them by entries that may be evicted`,
      );
    }
    while (this.#usedBytes + bytes > this.limitBytes) {
      const victim = this.values.oldest ?? this.counts.oldest;
      if (victim === null) break;
      this.#reclaimers[0]?.evict(victim);
      this.#evicted++;
    }
  }

  #couldFit(bytes: number): boolean {
    return this.#usedBytes - this.values.bytes - this.counts.bytes + bytes <= this.limitBytes;
  }
}

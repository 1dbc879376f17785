import type { Entry } from './entry.ts';

/** Entries from the one least recently used to the latest, linked through themselves: no allocation per use. */
export class RecencyList {
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
  #bytes = 0;

  /** What its entries are charged with. */
  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): Entry | null {
    return this.#oldest;
  }

  add(entry: Entry): void {
    entry.older = this.#newest;
    entry.newer = null;
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    entry.listed = true;
    this.#bytes += entry.bytes;
  }

  remove(entry: Entry): void {
    if (entry.older === null) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.#newest = entry.older;
    else entry.newer.older = entry.older;
    entry.older = null;
    entry.newer = null;
    entry.listed = false;
    this.#bytes -= entry.bytes;
  }

  used(entry: Entry): void {
    if (entry === this.#newest) return;
    this.remove(entry);
    this.add(entry);
  }
}

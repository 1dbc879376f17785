/** A list in one record of the shared state, newest first, of which the oldest entries fall out. */
import type { SharedState } from 'tidegate/state';

/** The store of those repositories that must not lose what they were told: records survive an outage of Redis. */
export type RecordState = Pick<SharedState, 'records'>;

export interface NewestListOptions {
  /** Entries that are kept. The whole list is written at each addition, so it is for tens or hundreds. */
  readonly most: number;
  /** How long the list lives after its last addition. */
  readonly ttlMs: number;
}

/** Processes that add to one list at once take turns; each turn is somebody's success. */
const ATTEMPTS = 50;

export class NewestList<T> {
  readonly #state: RecordState;
  readonly #options: NewestListOptions;

  constructor(state: RecordState, options: NewestListOptions) {
    this.#state = state;
    this.#options = options;
  }

  /**
   * Adds what `make` makes of the entry's number, which grows with each entry of the list.
   * @throws StateError; Error when others were faster each time
   */
  async add(key: string, make: (id: string) => T): Promise<T> {
    const { most, ttlMs } = this.#options;
    let found = await this.#state.records.read(key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const version = found?.version ?? 0;
      const entry = make(String(version + 1));
      const entries = [entry, ...entriesOf<T>(found?.value)].slice(0, most);
      const written = await this.#state.records.compareAndSet(key, version, JSON.stringify(entries), { ttlMs });
      if (written.stored) return entry;
      found = written.current;
    }
    throw new Error(`an entry was not added to ${key}: others were faster ${ATTEMPTS} times`);
  }

  /** Newest first. @throws StateError */
  async read(key: string): Promise<readonly T[]> {
    return entriesOf<T>((await this.#state.records.read(key))?.value);
  }
}

function entriesOf<T>(value: Buffer | undefined): readonly T[] {
  return value === undefined ? [] : (JSON.parse(value.toString()) as T[]);
}

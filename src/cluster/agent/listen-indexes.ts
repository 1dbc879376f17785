/** The place of a listen among those for the same address. */
export interface ListenIndex {
  readonly of: string;
  readonly value: number;
}

/** Tells listens for the same address in one worker apart, as `listen(0)` twice: the second of one worker is the second of all. */
export class ListenIndexes {
  readonly #taken = new Map<string, Set<number>>();

  /** The lowest that is free. */
  take(of: string): ListenIndex {
    const taken = this.#taken.get(of) ?? new Set<number>();
    this.#taken.set(of, taken);
    let value = 0;
    while (taken.has(value)) value += 1;
    taken.add(value);
    return { of, value };
  }

  release({ of, value }: ListenIndex): void {
    this.#taken.get(of)?.delete(value);
  }
}

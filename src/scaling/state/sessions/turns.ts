/** One task after the other for each key, so that the saves of one process do not fight each other for one record. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** How many keys have a task under way. */
  get size(): number {
    return this.#last.size;
  }

  /** Runs `task` when those before it with the same key have ended, well or not. */
  async take<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = before === undefined ? task() : before.then(task);
    const ended = mine.then(
      () => {},
      () => {},
    );
    this.#last.set(key, ended);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}

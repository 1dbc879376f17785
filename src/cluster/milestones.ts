/** Promises of what becomes true when a process has got further, or has ended. */
export class Milestones {
  readonly #watchers = new Set<() => void>();

  /** Resolves as soon as `test` holds; looks again whenever something is `reached`. */
  until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!test()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  /** Something has happened that may have made a test true. */
  reached(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Tells a job's progress one message at a time: what comes while one is under way is merged, the last one counts. */
export class ProgressReporter {
  readonly #send: (value: unknown) => Promise<void>;
  readonly #onError: (error: Error) => void;
  #next: { readonly value: unknown } | null = null;
  #sending: Promise<void> | null = null;

  constructor(send: (value: unknown) => Promise<void>, onError: (error: Error) => void) {
    this.#send = send;
    this.#onError = onError;
  }

  tell(value: unknown): void {
    this.#next = { value };
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
  }

  /** Resolves when nothing is under way. */
  async told(): Promise<void> {
    await this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#next !== null) {
      const { value } = this.#next;
      this.#next = null;
      // It is only news: the job goes on without.
      await this.#send(value).catch(this.#onError);
    }
  }
}

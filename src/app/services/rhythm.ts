/** Something that is done again and again, with a pause after each time. It does not keep the process alive. */
export class Rhythm {
  readonly #pauseMs: number;
  readonly #beat: () => Promise<void> | void;
  readonly #onError: (error: unknown) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(pauseMs: number, beat: () => Promise<void> | void, onError: (error: unknown) => void) {
    this.#pauseMs = pauseMs;
    this.#beat = beat;
    this.#onError = onError;
  }

  /** Begins with a pause; again without effect. */
  start(): void {
    if (this.#timer === null) this.#wait();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(): void {
    const timer = setTimeout(() => void this.#run(timer), this.#pauseMs);
    timer.unref();
    this.#timer = timer;
  }

  async #run(timer: NodeJS.Timeout): Promise<void> {
    try {
      await this.#beat();
    } catch (error) {
      this.#onError(error);
    }
    if (this.#timer === timer) this.#wait();
  }
}

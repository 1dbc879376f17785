/** The shared state did not answer, or refused: the cache goes on without it. Never leaves the cache. */
export class StateAway extends Error {
  override readonly name = 'StateAway';
  readonly code = 'CACHE_STATE_AWAY';
}

/**
 * Tells failures of the shared state from those of loaders, and keeps callers from waiting for a state that has just failed:
 * for `retryMs` after a failure it is not asked.
 */
export class StateGuard {
  readonly #retryMs: number;
  readonly #nowMs: () => number;
  readonly #onReturn: () => void;
  #awayUntilMs = Number.NEGATIVE_INFINITY;
  #failed = false;
  #failures = 0;

  /** `onReturn` is called when the state answers for the first time after a failure. */
  constructor(retryMs: number, nowMs: () => number, onReturn: () => void) {
    this.#retryMs = retryMs;
    this.#nowMs = nowMs;
    this.#onReturn = onReturn;
  }

  get failures(): number {
    return this.#failures;
  }

  /** Whether asking is worth while. */
  get isOpen(): boolean {
    return this.#nowMs() >= this.#awayUntilMs;
  }

  /** @throws StateAway for whatever `call` throws. */
  async call<T>(call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call();
      if (this.#failed) {
        this.#failed = false;
        this.#awayUntilMs = Number.NEGATIVE_INFINITY;
        this.#onReturn();
      }
      return answer;
    } catch (cause) {
      this.#failures += 1;
      this.#failed = true;
      this.#awayUntilMs = this.#nowMs() + this.#retryMs;
      throw new StateAway('the shared state failed', { cause });
    }
  }
}

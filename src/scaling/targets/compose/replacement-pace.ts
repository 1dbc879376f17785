/**
 * How soon containers that ended are replaced: at once, then after twice as long each time, while they go on ending. Pure but for what it
 * remembers; times are milliseconds of any one clock.
 */
export class ReplacementPace {
  readonly #firstDelayMs: number;
  readonly #maxDelayMs: number;
  #delayMs: number;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(firstDelayMs = 1_000, maxDelayMs = 60_000) {
    this.#firstDelayMs = firstDelayMs;
    this.#maxDelayMs = maxDelayMs;
    this.#delayMs = firstDelayMs;
  }

  allows(nowMs: number): boolean {
    return nowMs >= this.#notBeforeMs;
  }

  /** Some were replaced. */
  note(nowMs: number): void {
    // Long enough without a replacement: those before have nothing to do with it.
    if (nowMs >= this.#notBeforeMs + this.#maxDelayMs) this.#delayMs = this.#firstDelayMs;
    this.#notBeforeMs = nowMs + this.#delayMs;
    this.#delayMs = Math.min(this.#maxDelayMs, this.#delayMs * 2);
  }
}

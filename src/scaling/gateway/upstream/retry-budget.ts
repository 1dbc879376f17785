/** Room for a burst: the requests that were on their way when an upstream died. */
const RESERVE = 100;
const MOST = 1000;
/** So that a quiet gateway may retry at all (Finagle's `RetryBudget` has the same). */
const PER_SECOND = 10;

/**
 * Keeps retries from multiplying a load that is too much already: each request adds `ratio` of a retry, each retry takes one.
 * After Finagle's `RetryBudget`. Time is an argument.
 */
export class RetryBudget {
  readonly #ratio: number;
  #balance = RESERVE;
  #atMs: number;

  constructor(ratio: number, nowMs: number) {
    this.#ratio = ratio;
    this.#atMs = nowMs;
  }

  noteRequest(): void {
    if (this.#balance < MOST) this.#balance += this.#ratio;
  }

  /** True: one retry may be made, and is taken off. */
  withdraw(nowMs: number): boolean {
    const earned = ((nowMs - this.#atMs) / 1000) * PER_SECOND;
    this.#atMs = nowMs;
    this.#balance = Math.min(MOST, this.#balance + earned);
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }
}

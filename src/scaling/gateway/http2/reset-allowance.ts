/** Somebody who leaves a page cancels all that it had asked for: as many streams as there may be, and some more. */
const BURST = 200;
/** For those who give up what takes too long, and get no answer meanwhile. */
const PER_SECOND = 20;

/**
 * Streams that a client may reset: each costs work that it does not wait for, and takes no stream's place while it goes on
 * (CVE-2023-44487). Time is an argument.
 */
export class ResetAllowance {
  #left = BURST;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** A stream was answered: who waits for as many answers as it gives up floods nobody. */
  earn(): void {
    if (this.#left < BURST) this.#left += 1;
  }

  /** False: it has reset more than anybody does who wants answers. */
  take(nowMs: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((nowMs - this.#atMs) / 1000) * PER_SECOND);
    this.#atMs = nowMs;
    this.#left -= 1;
    return this.#left >= 0;
  }
}

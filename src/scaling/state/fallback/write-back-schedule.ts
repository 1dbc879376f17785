import type { FallbackClock } from './clock.ts';
import { PrimaryFailed } from './failure.ts';
import type { WriteBack } from './write-back.ts';

/** Soon after a return, for calls that were under way at that moment, and where another worker was at it or something was left. */
const SOON_MS = 1_000;
/** Ever so often, for what a worker that was degraded alone has left behind when it ended. */
const SELDOM_MS = 30_000;

export interface WriteBackStatus {
  /** Marks dealt with since the process began. */
  readonly done: number;
  /** When the last round ended, in milliseconds since 1970; null: none has. */
  readonly lastMs: number | null;
}

/** When what Redis missed is written back: at once when it returns, once more soon after, and seldom in quiet. */
export class WriteBackSchedule {
  readonly #writeBack: WriteBack;
  readonly #clock: FallbackClock;
  readonly #now: () => number;
  readonly #log: (message: string) => void;
  #cancel: (() => void) | undefined;
  #running = false;
  /** Asked for again while one was running. */
  #again = false;
  #ended = false;
  #done = 0;
  #lastMs: number | null = null;

  constructor(writeBack: WriteBack, clock: FallbackClock, now: () => number, log: (message: string) => void) {
    this.#writeBack = writeBack;
    this.#clock = clock;
    this.#now = now;
    this.#log = log;
    this.#later(SOON_MS);
  }

  get status(): WriteBackStatus {
    return { done: this.#done, lastMs: this.#lastMs };
  }

  /** Redis is back. */
  now(): void {
    if (this.#running) this.#again = true;
    else void this.#run(true);
  }

  end(): void {
    this.#ended = true;
    this.#cancel?.();
  }

  async #run(returned: boolean): Promise<void> {
    this.#cancel?.();
    this.#running = true;
    let next = returned ? SOON_MS : SELDOM_MS;
    try {
      const counted = await this.#writeBack.run();
      if (counted === undefined || counted.left > 0) next = SOON_MS;
      if (counted !== undefined) {
        this.#done += counted.done;
        this.#lastMs = this.#now();
        if (counted.done > 0) this.#log(`Redis was told ${counted.done} changes it had missed`);
      }
    } catch (error) {
      next = SOON_MS;
      // Redis away again: it is told when it is back.
      if (!(error instanceof PrimaryFailed) && !this.#ended) {
        this.#log(`what Redis missed could not be written back: ${error instanceof Error ? error.message : error}`);
        next = SELDOM_MS;
      }
    }
    this.#running = false;
    if (this.#again && !this.#ended) {
      this.#again = false;
      return this.#run(true);
    }
    this.#later(next);
  }

  #later(delayMs: number): void {
    this.#cancel?.();
    if (!this.#ended) this.#cancel = this.#clock.after(delayMs, () => void this.#run(false));
  }
}

import type { FallbackClock } from '../../../../../src/scaling/state/fallback/clock.ts';

/** Time that stands until a test moves it. */
export class HandClock implements FallbackClock {
  #nowMs = 1_000;
  readonly #timers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  readonly nowMs = (): number => this.#nowMs;

  readonly after = (delayMs: number, wake: () => void): (() => void) => {
    const timer = { dueMs: this.#nowMs + delayMs, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get timers(): number {
    return this.#timers.size;
  }

  /** Timers fire one after the other, each at its time, with what they set in motion done before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.wake();
      await turns();
    }
    this.#nowMs = untilMs;
    await turns();
  }

  /** The process stands still: timers that were due meanwhile fire late. */
  stall(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers].filter(({ dueMs }) => dueMs <= this.#nowMs)) {
      this.#timers.delete(timer);
      timer.wake();
    }
  }
}

/** Lets everything that only waits for the event loop come to its end: a store in this process answers within a few turns. */
export async function turns(count = 40): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

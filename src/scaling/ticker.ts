/** The clock and timer a ticker runs on; tests pass a hand-driven one. */
export interface TickerClock {
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
  /** Calls `wake` once after `delayMs`; the returned function cancels. Must not keep the process alive. */
  readonly after: (delayMs: number, wake: () => void) => () => void;
}

export interface TickerOptions {
  /** Gets what a task throws or rejects with. */
  readonly onError: (name: string, error: unknown) => void;
  readonly clock?: TickerClock;
}

interface Task {
  readonly name: string;
  readonly periodMs: number;
  readonly run: () => void | Promise<void>;
  dueMs: number;
  running: Promise<void> | null;
}

/** A timer may fire up to 1 ms before the clock says so; without this the ticker would wake twice. */
const EARLY_MS = 1;

const systemClock: TickerClock = {
  nowMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/**
 * Everything periodic of a process, on one timer that sleeps until the next task is due: no wake-up without work.
 * A task that is still running when it is due again is skipped; a process that was stopped for a while does not catch up.
 */
export class Ticker {
  readonly #onError: TickerOptions['onError'];
  readonly #clock: TickerClock;
  readonly #tasks = new Set<Task>();
  #cancelTimer: (() => void) | null = null;
  #stopped = false;

  constructor({ onError, clock = systemClock }: TickerOptions) {
    this.#onError = onError;
    this.#clock = clock;
  }

  /**
   * Runs `run` every `periodMs`, first after one period. Returns a function that ends it.
   * @throws RangeError for a period that is not a finite number of at least 1 ms.
   */
  every(periodMs: number, name: string, run: () => void | Promise<void>): () => void {
    if (!Number.isFinite(periodMs) || periodMs < 1) {
      throw new RangeError(`the period of ${name} is ${periodMs}; it must be a finite number of at least 1 (ms)`);
    }
    const task: Task = { name, periodMs, run, dueMs: this.#clock.nowMs() + periodMs, running: null };
    this.#tasks.add(task);
    this.#arm();
    return () => {
      this.#tasks.delete(task);
      this.#arm();
    };
  }

  /** Ends all tasks for good; resolves when those still running have come to their end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const running = [...this.#tasks].map((task) => task.running);
    this.#tasks.clear();
    this.#arm();
    await Promise.all(running);
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#stopped || this.#tasks.size === 0) return;
    let nextDueMs = Number.POSITIVE_INFINITY;
    for (const task of this.#tasks) nextDueMs = Math.min(nextDueMs, task.dueMs);
    const delayMs = Math.max(0, nextDueMs - this.#clock.nowMs());
    this.#cancelTimer = this.#clock.after(delayMs, () => this.#wake());
  }

  #wake(): void {
    this.#cancelTimer = null;
    for (const task of [...this.#tasks]) {
      const nowMs = this.#clock.nowMs();
      if (task.dueMs > nowMs + EARLY_MS || !this.#tasks.has(task)) continue;
      task.dueMs += task.periodMs;
      if (task.dueMs <= nowMs) task.dueMs = nowMs + task.periodMs;
      if (task.running === null) this.#run(task);
    }
    this.#arm();
  }

  #run(task: Task): void {
    try {
      const result = task.run();
      if (result === undefined) return;
      task.running = result
        .catch((error: unknown) => this.#onError(task.name, error))
        .finally(() => {
          task.running = null;
        });
    } catch (error) {
      this.#onError(task.name, error);
    }
  }
}

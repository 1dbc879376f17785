/** What one process of a load test counts, second by second. */
import { Histogram, type HistogramData } from './histogram.ts';

/** One step's figures of a second. */
export interface StepDelta {
  readonly name: string;
  readonly latency: HistogramData;
  readonly errors: readonly (readonly [kind: string, count: number])[];
}

/** What was counted since the last one. JSON, so that it can come from another process. */
export interface Delta {
  readonly steps: readonly StepDelta[];
  readonly iterations: number;
  readonly failedIterations: number;
  /** Errors outside of any step, by kind. */
  readonly errors: readonly (readonly [kind: string, count: number])[];
  /** How late the generator itself was. */
  readonly lag: HistogramData;
  /** Users at work (the most at once); now: sockets open, iterations that are due and wait for a free user. */
  readonly users: number;
  readonly sockets: number;
  readonly waiting: number;
}

interface Step {
  readonly latency: Histogram;
  readonly errors: Map<string, number>;
}

export class Meter {
  #steps = new Map<string, Step>();
  #errors = new Map<string, number>();
  #lag = new Histogram();
  #iterations = 0;
  #failedIterations = 0;
  sockets = 0;
  waiting = 0;
  #users = 0;
  #usersMost = 0;

  /** Users at work now; a delta has the most there were since the one before. */
  get users(): number {
    return this.#users;
  }

  set users(count: number) {
    this.#users = count;
    this.#usersMost = Math.max(this.#usersMost, count);
  }

  /** A step that worked, and how long it took from the moment at which it was to begin. */
  succeeded(step: string, latencyMs: number): void {
    this.#step(step).latency.record(latencyMs);
  }

  /** A step that did not: its time says nothing of the server's speed, and is left out. */
  failed(step: string, kind: string): void {
    count(this.#step(step).errors, kind);
  }

  iterated(error: string | null): void {
    this.#iterations += 1;
    if (error === null) return;
    this.#failedIterations += 1;
    if (error !== '') count(this.#errors, error);
  }

  wasLate(ms: number): void {
    this.#lag.record(ms);
  }

  /** What was counted since the last call. */
  take(): Delta {
    const delta: Delta = {
      steps: [...this.#steps].map(([name, { latency, errors }]) => ({
        name,
        latency: latency.data(),
        errors: [...errors],
      })),
      errors: [...this.#errors],
      iterations: this.#iterations,
      failedIterations: this.#failedIterations,
      lag: this.#lag.data(),
      users: this.#usersMost,
      sockets: this.sockets,
      waiting: this.waiting,
    };
    this.#steps = new Map();
    this.#errors = new Map();
    this.#lag = new Histogram();
    this.#iterations = 0;
    this.#failedIterations = 0;
    this.#usersMost = this.#users;
    return delta;
  }

  #step(name: string): Step {
    let step = this.#steps.get(name);
    if (step === undefined) {
      step = { latency: new Histogram(), errors: new Map() };
      this.#steps.set(name, step);
    }
    return step;
  }
}

function count(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

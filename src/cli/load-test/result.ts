/** What came of a load test: the sums of all processes and seconds, and the course over time. */
import { Histogram } from './histogram.ts';
import type { Delta } from './meter.ts';
import type { LoadPlan } from './plan.ts';

export const PERCENTILES = [50, 75, 90, 95, 99, 99.9] as const;

export interface Latency {
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** By percentile: `{"50": 4.1, "99.9": 80}`. */
  readonly percentilesMs: Readonly<Record<string, number>>;
}

export interface StepResult extends Latency {
  readonly name: string;
  readonly succeeded: number;
  readonly failed: number;
}

/** One second of the course. */
export interface Moment {
  /** Seconds since the beginning, at its end. */
  readonly atS: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly users: number;
  readonly sockets: number;
  readonly waiting: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadResult {
  readonly plan: LoadPlan;
  readonly startedAt: string;
  readonly seconds: number;
  /** All steps together. */
  readonly total: StepResult;
  readonly perSecond: number;
  readonly steps: readonly StepResult[];
  readonly rounds: number;
  readonly failedRounds: number;
  /** By kind, the most frequent first. */
  readonly errors: readonly { readonly step: string; readonly kind: string; readonly count: number }[];
  readonly socketsMax: number;
  /** How late the generator was itself, 99th percentile: what is much of the latencies is its own. */
  readonly lagP99Ms: number;
  readonly course: readonly Moment[];
}

interface Sums {
  readonly latency: Histogram;
  failed: number;
}

/** Adds up what processes report. */
export class ResultBuilder {
  readonly #plan: LoadPlan;
  readonly #startedAtMs: number;
  readonly #steps = new Map<string, Sums>();
  readonly #total = { latency: new Histogram(), failed: 0 };
  readonly #errors = new Map<string, { readonly step: string; readonly kind: string; count: number }>();
  readonly #lag = new Histogram();
  readonly #course: Moment[] = [];
  #rounds = 0;
  #failedRounds = 0;
  #socketsMax = 0;

  constructor(plan: LoadPlan, startedAtMs: number) {
    this.#plan = plan;
    this.#startedAtMs = startedAtMs;
  }

  /** The deltas of all processes for one second. @returns that second */
  add(deltas: readonly Delta[], nowMs: number): Moment {
    const second = { latency: new Histogram(), failed: 0 };
    const now = { users: 0, sockets: 0, waiting: 0 };
    for (const delta of deltas) {
      for (const { name, latency, errors } of delta.steps) {
        const step = this.#step(name);
        for (const sums of [step, this.#total, second]) sums.latency.add(latency);
        for (const [kind, times] of errors) {
          for (const sums of [step, this.#total, second]) sums.failed += times;
          this.#failed(name, kind, times);
        }
      }
      for (const [kind, times] of delta.errors) this.#failed('', kind, times);
      this.#lag.add(delta.lag);
      this.#rounds += delta.iterations;
      this.#failedRounds += delta.failedIterations;
      now.users += delta.users;
      now.sockets += delta.sockets;
      now.waiting += delta.waiting;
    }
    this.#socketsMax = Math.max(this.#socketsMax, now.sockets);
    const moment: Moment = {
      atS: rounded((nowMs - this.#startedAtMs) / 1000),
      succeeded: second.latency.count,
      failed: second.failed,
      ...now,
      p50Ms: rounded(second.latency.percentileMs(50)),
      p99Ms: rounded(second.latency.percentileMs(99)),
    };
    this.#course.push(moment);
    return moment;
  }

  /** Figures until now, for the progress line. */
  get soFar(): { readonly succeeded: number; readonly failed: number; readonly p99Ms: number } {
    const { latency, failed } = this.#total;
    return { succeeded: latency.count, failed, p99Ms: latency.percentileMs(99) };
  }

  result(nowMs: number): LoadResult {
    const seconds = Math.max(0.001, (nowMs - this.#startedAtMs) / 1000);
    const total = stepResult('all', this.#total);
    return {
      plan: this.#plan,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      seconds: rounded(seconds),
      total,
      perSecond: rounded((total.succeeded + total.failed) / seconds),
      steps: [...this.#steps].map(([name, sums]) => stepResult(name, sums)),
      rounds: this.#rounds,
      failedRounds: this.#failedRounds,
      errors: [...this.#errors.values()].sort((a, b) => b.count - a.count),
      socketsMax: this.#socketsMax,
      lagP99Ms: rounded(this.#lag.percentileMs(99)),
      course: this.#course,
    };
  }

  #step(name: string): Sums {
    let sums = this.#steps.get(name);
    if (sums === undefined) {
      sums = { latency: new Histogram(), failed: 0 };
      this.#steps.set(name, sums);
    }
    return sums;
  }

  #failed(step: string, kind: string, times: number): void {
    const key = `${step}\n${kind}`;
    const known = this.#errors.get(key);
    if (known === undefined) this.#errors.set(key, { step, kind, count: times });
    else known.count += times;
  }
}

function stepResult(name: string, { latency, failed }: Sums): StepResult {
  const percentilesMs = Object.fromEntries(PERCENTILES.map((at) => [String(at), rounded(latency.percentileMs(at))]));
  const { meanMs, minMs, maxMs } = latency;
  return {
    name,
    succeeded: latency.count,
    failed,
    meanMs: rounded(meanMs),
    minMs: rounded(minMs),
    maxMs: rounded(maxMs),
    percentilesMs,
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

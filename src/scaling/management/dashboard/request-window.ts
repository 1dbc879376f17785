/** Requests of the last seconds, from the totals that workers report: rates and latency percentiles. */
import type { TelemetryTotals, WorkerStatus } from '../../../ipc/status.ts';
import { addCounts, countsSince, emptyCounts, percentileMs } from '../../metrics/histogram.ts';

const WINDOW_MS = 10_000;

/** Of one worker, over the time between its two latest samples; per second. */
export interface WorkerRates {
  readonly rate: number;
  readonly errorRate: number;
}

export interface WindowFigures {
  readonly rate: number | null;
  readonly errorRatio: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

interface Seen {
  readonly atMs: number;
  readonly totals: TelemetryTotals;
}

/** What all workers did between two looks at them. */
interface Step {
  readonly atMs: number;
  completed: number;
  errors: number;
  readonly latencyCounts: number[];
}

export class RequestWindow {
  #seen = new Map<number, Seen>();
  #rates = new Map<number, WorkerRates>();
  #steps: Step[] = [];

  /** Takes the samples that are new; a worker seen for the first time adds nothing, for its past is not of this window. */
  take(workers: readonly WorkerStatus[], nowMs: number): void {
    const seen = new Map<number, Seen>();
    const rates = new Map<number, WorkerRates>();
    const step: Step = { atMs: nowMs, completed: 0, errors: 0, latencyCounts: emptyCounts() };
    for (const { id, sample, sampleAtMs } of workers) {
      if (sample === null || sampleAtMs === null) continue;
      const { totals } = sample;
      const before = this.#seen.get(id);
      const fresh = before === undefined || sampleAtMs > before.atMs;
      seen.set(id, fresh ? { atMs: sampleAtMs, totals } : before);
      const known = this.#rates.get(id);
      if (!fresh && known !== undefined) rates.set(id, known);
      if (!fresh || before === undefined) continue;
      const completed = totals.requestsCompleted - before.totals.requestsCompleted;
      const errors = totals.requestErrors - before.totals.requestErrors;
      const seconds = (sampleAtMs - before.atMs) / 1_000;
      rates.set(id, { rate: completed / seconds, errorRate: errors / seconds });
      step.completed += completed;
      step.errors += errors;
      addCounts(step.latencyCounts, countsSince(before.totals.latencyCounts, totals.latencyCounts));
    }
    this.#seen = seen;
    this.#rates = rates;
    this.#steps = [...this.#steps, step].filter(({ atMs, completed }) => completed > 0 && atMs > nowMs - WINDOW_MS);
  }

  ratesOf(workerId: number): WorkerRates | undefined {
    return this.#rates.get(workerId);
  }

  figures(): WindowFigures {
    const latencyCounts = emptyCounts();
    let completed = 0;
    let errors = 0;
    for (const step of this.#steps) {
      completed += step.completed;
      errors += step.errors;
      addCounts(latencyCounts, step.latencyCounts);
    }
    const rates = [...this.#rates.values()];
    return {
      rate: rates.length === 0 ? null : rates.reduce((sum, { rate }) => sum + rate, 0),
      errorRatio: completed === 0 ? null : errors / completed,
      p50Ms: percentileMs(latencyCounts, 0.5),
      p95Ms: percentileMs(latencyCounts, 0.95),
      p99Ms: percentileMs(latencyCounts, 0.99),
    };
  }
}

/** The last minute of each worker, for its small line. */
import type { LiveState } from './live-state.ts';
import { withSpark } from './sparkline.ts';

interface Past {
  sampleAtMs: number;
  rates: readonly number[];
}

export class WorkerHistory {
  readonly #workers = new Map<number, Past>();

  /** Takes in what is new of each worker, and forgets those that have left. */
  take({ workers }: LiveState): void {
    for (const id of this.#workers.keys()) if (!workers.has(id)) this.#workers.delete(id);
    for (const { id, sampleAtMs, rate } of workers.values()) {
      if (sampleAtMs === null) continue;
      const past = this.#workers.get(id) ?? { sampleAtMs: 0, rates: [] };
      if (past.sampleAtMs === sampleAtMs) continue;
      past.sampleAtMs = sampleAtMs;
      if (rate !== null) past.rates = withSpark(past.rates, rate);
      this.#workers.set(id, past);
    }
  }

  ratesOf(workerId: number): readonly number[] {
    return this.#workers.get(workerId)?.rates ?? [];
  }
}

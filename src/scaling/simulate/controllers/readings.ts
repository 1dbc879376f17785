import type { Observation, WorkerFigures } from '../../autoscale/observation.ts';

/** Means over workers, kept for a while: what simple process managers go by. */
export class Readings {
  readonly #of: (figures: WorkerFigures) => number;
  readonly #keepMs: number;
  #kept: { readonly atMs: number; readonly values: readonly number[] }[] = [];

  constructor(of: (figures: WorkerFigures) => number, keepMs: number) {
    this.#of = of;
    this.#keepMs = keepMs;
  }

  /** Notes the ready workers that have reported. */
  note(nowMs: number, { workers }: Observation): void {
    const values = workers.flatMap(({ phase, figures }) =>
      phase === 'ready' && figures !== null ? [this.#of(figures)] : [],
    );
    this.#kept = this.#kept.filter(({ atMs }) => atMs > nowMs - this.#keepMs);
    this.#kept.push({ atMs: nowMs, values });
  }

  /** Over workers and the last `windowMs`; null: nothing reported. */
  mean(nowMs: number, windowMs: number): number | null {
    const values = this.#kept.filter(({ atMs }) => atMs > nowMs - windowMs).flatMap((entry) => entry.values);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  /** Of the newest values; null: nothing reported. */
  highest(): number | null {
    const values = this.#kept.at(-1)?.values ?? [];
    return values.length === 0 ? null : Math.max(...values);
  }
}

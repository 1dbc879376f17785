const PERIOD_MS = 15_000;

/**
 * The default `behavior` of autoscaling/v2: scale-up at once by at most 4 pods or 100 % each 15 s, whichever is more; scale-down to the
 * highest recommendation of the stabilization window, by at most 100 % each 15 s.
 */
export class HpaBehavior {
  readonly #downWindowMs: number;
  #recommended: { readonly atMs: number; readonly pods: number }[];
  #added: { readonly atMs: number; readonly pods: number }[] = [];

  constructor(downWindowMs: number, initial: number) {
    this.#downWindowMs = downWindowMs;
    this.#recommended = [{ atMs: 0, pods: initial }];
  }

  /** From a recommendation to the number of pods. */
  apply(nowMs: number, current: number, recommended: number): number {
    this.#recommended = this.#recommended.filter(({ atMs }) => atMs > nowMs - this.#downWindowMs);
    this.#recommended.push({ atMs: nowMs, pods: recommended });
    if (recommended > current) {
      this.#added = this.#added.filter(({ atMs }) => atMs > nowMs - PERIOD_MS);
      const atStart = current - this.#added.reduce((sum, { pods }) => sum + pods, 0);
      const next = Math.min(recommended, Math.max(atStart + 4, atStart * 2));
      if (next > current) this.#added.push({ atMs: nowMs, pods: next - current });
      return Math.max(current, next);
    }
    return Math.min(current, Math.max(...this.#recommended.map(({ pods }) => pods)));
  }
}

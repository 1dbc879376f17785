import type { ClusterStatus } from '../../ipc/status.ts';

/**
 * Restarts per slot since the runtime started. A slot that is scaled away and comes back counts from 0 again,
 * and for the time of a reload it has two workers; the sum kept here never falls.
 */
export class RestartLedger {
  readonly #slots = new Map<number, { retired: number; current: number }>();

  fold(status: ClusterStatus): void {
    const current = new Map<number, number>();
    for (const { slot, restarts } of status.workers) {
      current.set(slot, Math.max(restarts, current.get(slot) ?? 0));
    }
    for (const [slot, restarts] of current) {
      const entry = this.#slots.get(slot) ?? { retired: 0, current: 0 };
      if (restarts < entry.current) entry.retired += entry.current;
      entry.current = restarts;
      this.#slots.set(slot, entry);
    }
  }

  /** `[slot, restarts]`, by slot. */
  totals(): readonly (readonly [slot: number, restarts: number])[] {
    return [...this.#slots]
      .map(([slot, { retired, current }]) => [slot, retired + current] as const)
      .sort(([left], [right]) => left - right);
  }
}

import type { ClusterStatus, DrainReceipt, StopReason } from '../../ipc/status.ts';

/** Where the connections of a drained worker ended; the words of the receipt. */
export const DRAIN_OUTCOMES = {
  finished: 'finished',
  moved: 'moved',
  closedByClient: 'closed_by_client',
  cut: 'cut',
} as const satisfies Partial<Record<keyof DrainReceipt, string>>;

export type DrainOutcome = keyof typeof DRAIN_OUTCOMES;

/** Adds up drain receipts, each once: the status shows the latest ones over and over. */
export class DrainLedger {
  #counted = new Set<number>();
  readonly #drains = new Map<StopReason, number>();
  readonly #connections: Record<DrainOutcome, number> = { finished: 0, moved: 0, closedByClient: 0, cut: 0 };

  fold(status: ClusterStatus): void {
    for (const receipt of status.receipts) {
      if (this.#counted.has(receipt.workerId)) continue;
      this.#drains.set(receipt.reason, (this.#drains.get(receipt.reason) ?? 0) + 1);
      for (const outcome of Object.keys(DRAIN_OUTCOMES) as DrainOutcome[]) {
        this.#connections[outcome] += receipt[outcome];
      }
    }
    // The list drops its oldest receipts for good, so only those still in it can come again.
    this.#counted = new Set(status.receipts.map(({ workerId }) => workerId));
  }

  drains(): ReadonlyMap<StopReason, number> {
    return this.#drains;
  }

  connections(): Readonly<Record<DrainOutcome, number>> {
    return this.#connections;
  }
}

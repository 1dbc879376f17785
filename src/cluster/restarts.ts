import { nextRestart, type RestartHistory, type RestartLimits } from './restart-policy.ts';

export interface PlannedRestart {
  readonly failedStart: boolean;
  readonly delayMs: number;
}

/** Workers that ended by themselves and are to be started again, by slot. */
export class Restarts {
  readonly #limits: RestartLimits;
  readonly #start: (slot: number) => void;
  readonly #histories = new Map<number, RestartHistory>();
  readonly #counts = new Map<number, number>();
  readonly #pending = new Map<number, NodeJS.Timeout>();

  constructor(limits: RestartLimits, start: (slot: number) => void) {
    this.#limits = limits;
    this.#start = start;
  }

  /** How often the slot's process was replaced. */
  count(slot: number): number {
    return this.#counts.get(slot) ?? 0;
  }

  get pendingSlots(): readonly number[] {
    return [...this.#pending.keys()];
  }

  /** Judges an end by the restart policy. */
  judge(slot: number, sinceMs: number, wasReady: boolean, nowMs: number): PlannedRestart {
    const verdict = nextRestart(this.#limits, this.#histories.get(slot) ?? [], sinceMs, wasReady, nowMs);
    this.#histories.set(slot, verdict.history);
    return { failedStart: verdict.failedStart, delayMs: verdict.restartAtMs - nowMs };
  }

  schedule(slot: number, delayMs: number): void {
    if (this.#pending.has(slot)) return;
    this.#counts.set(slot, this.count(slot) + 1);
    const restart = (): void => {
      this.#pending.delete(slot);
      this.#start(slot);
    };
    this.#pending.set(slot, setTimeout(restart, delayMs));
  }

  cancel(slot: number): void {
    clearTimeout(this.#pending.get(slot));
    this.#pending.delete(slot);
  }

  cancelAll(): void {
    for (const slot of this.pendingSlots) this.cancel(slot);
  }
}

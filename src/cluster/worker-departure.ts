import type { DrainCounts } from '../ipc/protocol.ts';
import type { StopReason } from '../ipc/status.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A drain that has not reported by its deadline plus this is given up: the worker is blocked. */
const DRAIN_GRACE_MS = 1_000;

export interface DrainOrder {
  readonly reason: StopReason;
  readonly deadlineMs: number;
  readonly websocketJitterMs: number;
  /** Whether other workers can take the connections. */
  readonly move: boolean;
  /** Resolves when nobody sends it anything new; null: nobody does. */
  readonly left: Promise<void> | null;
  readonly stopSignal: NodeJS.Signals;
  readonly killTimeoutMs: number;
}

/** A worker's way out, in the order: no new connections, empty, stop signal, SIGKILL. */
export class WorkerDeparture {
  readonly startedAtMs = Date.now();
  readonly #process: WorkerProcess;
  readonly #order: DrainOrder;
  /** It has not said in time that it is empty, or has not ended in time. */
  readonly #onOverdue: () => void;
  #counts: DrainCounts | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(process: WorkerProcess, order: DrainOrder, onOverdue: () => void) {
    this.#process = process;
    this.#order = order;
    this.#onOverdue = onOverdue;
  }

  get reason(): StopReason {
    return this.#order.reason;
  }

  /** What the drain came to; null while it runs. */
  get counts(): DrainCounts | null {
    return this.#counts;
  }

  begin(): void {
    const { deadlineMs, left } = this.#order;
    if (left === null) this.#drainWhenDelivered();
    else {
      // A gateway that does not answer may take half of the time, not all of it.
      const late = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs / 2).unref());
      void Promise.race([left, late]).then(() => this.#drainWhenDelivered());
    }
    this.#timer = setTimeout(this.#onOverdue, deadlineMs + DRAIN_GRACE_MS);
  }

  /** It is empty: now it ends. */
  onDrained(counts: DrainCounts): void {
    this.forget();
    this.#counts = counts;
    this.#process.stop(this.#order.stopSignal);
    this.#timer = setTimeout(this.#onOverdue, this.#order.killTimeoutMs);
  }

  /** It has ended, or is killed: nothing can be overdue any more. */
  forget(): void {
    clearTimeout(this.#timer);
  }

  /** What is on its way there arrives first, or it would say that it is empty, and be ended with a connection just received. */
  #drainWhenDelivered(): void {
    const { deadlineMs, websocketJitterMs, move } = this.#order;
    this.#process.outbox.whenEmpty(() => {
      const leftMs = Math.max(0, this.startedAtMs + deadlineMs - Date.now());
      this.#process.send({ type: 'drain', deadlineMs: leftMs, websocketJitterMs, move });
    });
  }
}

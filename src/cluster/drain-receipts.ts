import type { DrainReceipt, StopReason } from '../ipc/status.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { Exit } from './worker-state.ts';

const KEPT = 50;

/** The last drain receipts, newest first. */
export class DrainReceipts {
  #receipts: DrainReceipt[] = [];

  all(): readonly DrainReceipt[] {
    return this.#receipts;
  }

  /** Writes the receipt of a worker that was told to leave and has ended. */
  add(worker: WorkerHandle, reason: StopReason, exit: Exit, endedAtMs: number): DrainReceipt {
    const startedAtMs = worker.drainStartedAtMs ?? endedAtMs;
    const receipt: DrainReceipt = {
      workerId: worker.id,
      slot: worker.slot,
      pid: worker.pid ?? 0,
      reason,
      startedAtMs,
      durationMs: endedAtMs - startedAtMs,
      ...(worker.drainedCounts ?? lostWith(worker)),
      exit,
    };
    this.#receipts = [receipt, ...this.#receipts].slice(0, KEPT);
    return receipt;
  }
}

/** A worker that had to be killed can't say what became of its connections: all it had open last were cut. */
function lostWith(
  worker: WorkerHandle,
): Omit<DrainReceipt, 'workerId' | 'slot' | 'pid' | 'reason' | 'startedAtMs' | 'durationMs' | 'exit'> {
  const open = worker.load.active;
  return {
    openAtStart: open,
    acceptedSince: 0,
    finished: 0,
    moved: 0,
    closedByClient: 0,
    cut: open,
    requestsInFlightAtStart: worker.load.inFlight,
    websocketsClosed: 0,
  };
}

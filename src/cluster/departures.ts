import type { Config } from '../../config/schema.ts';
import type { DrainReceipt, StopReason } from '../ipc/status.ts';
import type { ClusterEvents } from './cluster-events.ts';
import type { ConnectionAcceptor } from './connection-acceptor.ts';
import { DrainReceipts } from './drain-receipts.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { Exit } from './worker-state.ts';

/** Workers that leave as they should: told to, and written down when they have. */
export class Departures {
  readonly #config: Config;
  readonly #pool: WorkerPool;
  readonly #acceptor: ConnectionAcceptor;
  readonly #events: ClusterEvents;
  readonly #receipts = new DrainReceipts();

  constructor(parts: {
    readonly config: Config;
    readonly pool: WorkerPool;
    readonly acceptor: ConnectionAcceptor;
    readonly events: ClusterEvents;
  }) {
    this.#config = parts.config;
    this.#pool = parts.pool;
    this.#acceptor = parts.acceptor;
    this.#events = parts.events;
  }

  /** The last, newest first. */
  get receipts(): readonly DrainReceipt[] {
    return this.#receipts.all();
  }

  /** @param othersStay false: all workers leave, so that none can take the connections of another */
  begin(worker: WorkerHandle, reason: StopReason, othersStay: boolean): void {
    const { drainTimeoutMs, websocketCloseJitterMs, stopSignal, killTimeoutMs } = this.#config;
    const others = this.#pool.ready().some((other) => other.id !== worker.id);
    const wasActive = worker.isActive;
    const left = wasActive ? this.#acceptor.onLeaving(worker) : null;
    worker.drain({
      reason,
      deadlineMs: drainTimeoutMs,
      websocketJitterMs: websocketCloseJitterMs,
      move: othersStay && others,
      left,
      stopSignal,
      killTimeoutMs,
    });
    if (!wasActive) return; // it leaves already, and now knows whether others stay
    this.#events.log('info', `worker ${worker.id} leaves (${reason})`, { worker: worker.id, reason });
    this.#events.onChange();
  }

  /** A worker that was told to leave has ended. */
  onEnd(worker: WorkerHandle, reason: StopReason, exit: Exit): void {
    const receipt = this.#receipts.add(worker, reason, exit, Date.now());
    const { moved, finished, closedByClient, cut, durationMs } = receipt;
    const outcome = `${moved} connections moved, ${finished} finished, ${closedByClient} closed by clients, ${cut} cut`;
    const message = `worker ${worker.id} has left after ${durationMs} ms (${reason}): ${outcome}`;
    this.#events.log('info', message, { ...receipt });
  }
}

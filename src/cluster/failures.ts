import type { Config } from '../../config/schema.ts';
import type { CrashLoopStatus } from '../ipc/status.ts';
import type { ClusterEvents } from './cluster-events.ts';
import {
  type CrashLoop,
  crashLoopStatus,
  isFrozen,
  noCrashLoop,
  withFailedStart,
  withHealthyCount,
} from './crash-loop.ts';
import { Restarts } from './restarts.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Workers that end by themselves: each is started again in its slot, later each time, and growth is frozen while starts fail. */
export class Failures {
  readonly restarts: Restarts;
  readonly #pool: WorkerPool;
  readonly #events: ClusterEvents;
  #crashLoop: CrashLoop = noCrashLoop;

  constructor(parts: {
    readonly config: Config;
    readonly pool: WorkerPool;
    readonly events: ClusterEvents;
    readonly start: (slot: number) => void;
  }) {
    const { minUptimeMs, maxRestarts, restartBackoffMs, restartBackoffMaxMs, restartPeriodMs } = parts.config;
    const limits = {
      minUptimeMs,
      maxRestarts,
      backoffMs: restartBackoffMs,
      backoffMaxMs: restartBackoffMaxMs,
      periodMs: restartPeriodMs,
    };
    this.restarts = new Restarts(limits, parts.start);
    this.#pool = parts.pool;
    this.#events = parts.events;
  }

  /** Starts fail: more of them would not help. */
  isFrozen(nowMs: number): boolean {
    return isFrozen(this.#crashLoop, nowMs);
  }

  status(nowMs: number): CrashLoopStatus {
    return crashLoopStatus(this.#crashLoop, nowMs);
  }

  /** To be called when a worker has become ready, and now and then. */
  noteHealthy(nowMs: number): void {
    this.#crashLoop = withHealthyCount(this.#crashLoop, this.#pool.ready().length, nowMs);
  }

  /** A worker has ended, and nobody has told it to. */
  note(worker: WorkerHandle, failure: string, nowMs: number): void {
    const { slot, readyAtMs, startedAtMs } = worker;
    // An app that loads for seconds and falls at its first request has not lived long.
    const { failedStart, delayMs } = this.restarts.judge(slot, readyAtMs ?? startedAtMs, readyAtMs !== null, nowMs);
    if (failedStart) this.#crashLoop = withFailedStart(this.#crashLoop, failure, nowMs);
    this.#events.log('error', `worker ${worker.id} ended: ${failure}`, { worker: worker.id, restartInMs: delayMs });
    if (!this.#pool.hasSuccessor(worker)) this.restarts.schedule(slot, delayMs);
  }
}

/** What is done about hung workers, how often, and the record of it. */
import type { ClusterStatus } from '../ipc/status.ts';
import type { Observation } from './autoscale/observation.ts';
import { type ActionLimit, takeAction } from './health/action-limit.ts';
import { hungWorkerIds } from './health/hung-workers.ts';
import { RecoveryLog, type RecoveryRecord } from './health/recovery-log.ts';

/** Replaces workers. One that is leaving already is left alone. */
export interface Recovery {
  replaceHung(workerId: number): void | Promise<void>;
}

export interface WorkerRecoveryOptions {
  readonly hungTimeoutMs: number;
  /** Null where the cluster manager finds and replaces hung workers by itself: then its replacements are only recorded. */
  readonly recovery: Recovery | null;
  /** Shared with whoever else recovers something; by default one of its own. */
  readonly log?: RecoveryLog;
  /** By default 5 in 10 minutes. */
  readonly limit?: ActionLimit;
}

const DEFAULT_LIMIT: ActionLimit = { actions: 5, periodMs: 600_000 };

export class WorkerRecovery {
  readonly #hungTimeoutMs: number;
  readonly #recovery: Recovery | null;
  readonly #limit: ActionLimit;
  readonly #log: RecoveryLog;
  #takenAtMs: readonly number[] = [];
  /** When each hung worker was last acted on: once a period is enough for one. */
  readonly #handledAtMs = new Map<number, number>();
  #receiptsSeen = new Set<number>();

  constructor({ hungTimeoutMs, recovery, log = new RecoveryLog(), limit = DEFAULT_LIMIT }: WorkerRecoveryOptions) {
    this.#log = log;
    this.#hungTimeoutMs = hungTimeoutMs;
    this.#recovery = recovery;
    this.#limit = limit;
  }

  /** The latest 50, oldest first. */
  records(): readonly RecoveryRecord[] {
    return this.#log.records();
  }

  /** Acts on the workers that are hung now, and records those that have been replaced since the previous call. */
  async tick(observation: Observation, status: ClusterStatus): Promise<void> {
    this.#recordReplaced(status);
    const { atMs: nowMs } = observation;
    for (const [id, atMs] of this.#handledAtMs) if (nowMs - atMs >= this.#limit.periodMs) this.#handledAtMs.delete(id);
    if (this.#recovery === null) return;
    for (const id of hungWorkerIds(observation, this.#hungTimeoutMs)) {
      if (this.#handledAtMs.has(id)) continue;
      this.#handledAtMs.set(id, nowMs);
      await this.#replace(this.#recovery, id, nowMs);
    }
  }

  async #replace(recovery: Recovery, workerId: number, atMs: number): Promise<void> {
    const { allowed, takenAtMs } = takeAction(this.#limit, this.#takenAtMs, atMs);
    this.#takenAtMs = takenAtMs;
    if (!allowed) {
      const { actions, periodMs } = this.#limit;
      const detail = `${actions} workers were replaced within ${Math.round(periodMs / 1000)} s, which is the limit`;
      this.#record({ atMs, workerId, outcome: 'limited', detail });
      return;
    }
    try {
      await recovery.replaceHung(workerId);
      this.#record({ atMs, workerId, outcome: 'asked', detail: 'no report within HUNG_TIMEOUT_MS' });
    } catch (error) {
      this.#record({
        atMs,
        workerId,
        outcome: 'failed',
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }

  #recordReplaced({ receipts }: ClusterStatus): void {
    const fresh = receipts.filter(({ workerId, reason }) => reason === 'hung' && !this.#receiptsSeen.has(workerId));
    fresh.sort((left, right) => left.startedAtMs - right.startedAtMs);
    for (const { workerId, startedAtMs, durationMs } of fresh) {
      const detail = `replaced after it had hung; it was gone ${durationMs} ms later`;
      this.#record({ atMs: startedAtMs, workerId, outcome: 'replaced', detail });
    }
    this.#receiptsSeen = new Set(receipts.map(({ workerId }) => workerId));
  }

  #record(record: Omit<RecoveryRecord, 'action' | 'target'> & { readonly workerId: number }): void {
    this.#log.add({ action: 'replace', target: `worker-${record.workerId}`, ...record });
  }
}

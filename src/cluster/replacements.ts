import type { ReloadStatus, StopReason } from '../ipc/status.ts';
import { type ReloadCrew, rollingReload } from './rolling-reload.ts';
import type { WorkerHandle } from './worker-handle.ts';

/** Thrown by `reload` and `restart` while one is under way. */
export class ReloadRunningError extends Error {
  override readonly name = 'ReloadRunningError';
  readonly code = 'RELOAD_RUNNING';

  constructor() {
    super('A reload is under way; wait until it has ended.');
  }
}

/** What replacing needs of the cluster manager. */
export type ReplacementCrew = Omit<ReloadCrew, 'outdated'> & { ready(): readonly WorkerHandle[] };

/** Replaces workers, each new one started before its predecessor leaves: reload, restart, recycling. One reload at a time. */
export class Replacements {
  readonly #crew: ReplacementCrew;
  readonly #report: (status: ReloadStatus) => void;
  /** Recyclings under way. A reload waits for them: else it would give their slots a second successor. */
  readonly #recyclings = new Set<Promise<unknown>>();
  #generation = 1;
  #isBusy = false;
  #status: ReloadStatus | null = null;

  constructor(crew: ReplacementCrew, report: (status: ReloadStatus) => void) {
    this.#crew = crew;
    this.#report = report;
  }

  /** A reload or restart of all is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Counts reloads and restarts; a new worker belongs to the latest. */
  get generation(): number {
    return this.#generation;
  }

  /** The latest reload or restart. */
  get status(): ReloadStatus | null {
    return this.#status;
  }

  /** @throws ReloadRunningError */
  reload(canaryMs: number, onProgress: (status: ReloadStatus) => void): Promise<ReloadStatus> {
    return this.#alone(() => {
      const crew = { ...this.#crew, outdated: () => this.#outdated() };
      return rollingReload(crew, { generation: this.#generation, canaryMs }, (status) => {
        this.#tell(status);
        onProgress(status);
      });
    });
  }

  /**
   * All at the same time, without a canary.
   * @throws ReloadRunningError; an Error when a new worker did not become ready: the worker it was for stays
   */
  restart(): Promise<void> {
    return this.#alone(() => this.#restart());
  }

  /**
   * Replaces one worker by another of the same generation; while all are replaced, that will do.
   * @throws Error when the new worker did not become ready; then the old one stays.
   */
  async recycle(worker: WorkerHandle, reason: StopReason): Promise<void> {
    if (!this.#isBusy) await this.replaceOne(worker, reason);
  }

  /**
   * The same for one that somebody wants replaced now; resolves with the new worker, which is ready.
   * @throws ReloadRunningError; Error when the new worker did not become ready
   */
  async replaceOne(worker: WorkerHandle, reason: StopReason): Promise<WorkerHandle> {
    if (this.#isBusy) throw new ReloadRunningError();
    const recycling = this.#replace(worker, reason);
    this.#recyclings.add(recycling);
    try {
      return await recycling;
    } finally {
      this.#recyclings.delete(recycling);
    }
  }

  async #restart(): Promise<void> {
    const old = this.#outdated();
    const status = (outcome: ReloadStatus['outcome'], replaced: number, detail: string): ReloadStatus => ({
      generation: this.#generation,
      startedAtMs,
      finishedAtMs: outcome === 'running' ? null : this.#crew.now(),
      replaced,
      total: old.length,
      outcome,
      detail,
    });
    const startedAtMs = this.#crew.now();
    this.#tell(status('running', 0, `restarting ${old.length} workers`));
    const results = await Promise.allSettled(old.map((worker) => this.#replace(worker, 'restart')));
    const failed = results.find((result) => result.status === 'rejected');
    const replaced = results.filter((result) => result.status === 'fulfilled').length;
    if (failed === undefined) {
      this.#tell(status('done', replaced, `${replaced} workers restarted`));
      return;
    }
    const { message } = failed.reason as Error;
    this.#tell(status('failed', replaced, `${message}; the workers not replaced go on serving`));
    throw failed.reason;
  }

  async #replace(worker: WorkerHandle, reason: StopReason): Promise<WorkerHandle> {
    const fresh = await this.#crew.startReplacement(worker.slot);
    if (worker.phase === 'ready') this.#crew.retire(worker, reason);
    return fresh;
  }

  async #alone<T>(replaceAll: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new ReloadRunningError();
    this.#isBusy = true;
    this.#generation += 1;
    try {
      await Promise.allSettled(this.#recyclings);
      return await replaceAll();
    } finally {
      this.#isBusy = false;
    }
  }

  #tell(status: ReloadStatus): void {
    this.#status = status;
    this.#report(status);
  }

  #outdated(): readonly WorkerHandle[] {
    return this.#crew.ready().filter((worker) => worker.generation < this.#generation);
  }
}

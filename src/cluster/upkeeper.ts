import type { Config } from '../../config/schema.ts';
import type { ClusterEvents } from './cluster-events.ts';
import { inspect, type UpkeepFinding } from './upkeep.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Upkeep that comes this late tells of a pause of the primary (stopped, suspended, starved), not of its workers. */
const OVERSLEPT_MS = 3_000;

/** Looks after workers that hang, do not become ready, or grow too large, and does what has to be done about them. */
export class Upkeeper {
  readonly #config: Config;
  readonly #pool: WorkerPool;
  readonly #events: ClusterEvents;
  readonly #recycle: (worker: WorkerHandle) => Promise<void>;
  readonly #mayReplace: (nowMs: number) => boolean;
  #lookedAtMs = Date.now();

  constructor(parts: {
    readonly config: Config;
    readonly pool: WorkerPool;
    readonly events: ClusterEvents;
    /** Starts a successor, then lets the worker leave. */
    readonly recycle: (worker: WorkerHandle) => Promise<void>;
    /** False while starts fail, so that what runs is not given up for a new one, and while all are replaced anyway. */
    readonly mayReplace: (nowMs: number) => boolean;
  }) {
    this.#config = parts.config;
    this.#pool = parts.pool;
    this.#events = parts.events;
    this.#recycle = parts.recycle;
    this.#mayReplace = parts.mayReplace;
  }

  /**
   * To be called about once a second.
   * @param listens the app has listened at least once: a worker that never does has failed
   * @returns false when it was this process that stood still, so that nothing can be said of the workers
   */
  look(listens: boolean, nowMs: number): boolean {
    const silentMs = nowMs - this.#lookedAtMs;
    this.#lookedAtMs = nowMs;
    if (silentMs > OVERSLEPT_MS) {
      // What the workers said meanwhile has not been read yet.
      for (const worker of this.#pool.all()) worker.lastHeardAtMs = nowMs;
      return false;
    }
    const { listenTimeoutMs, hungTimeoutMs, maxMemoryRestartBytes, waitReady } = this.#config;
    const limits = { listenTimeoutMs, hungTimeoutMs, maxMemoryRestartBytes, mustBecomeReady: waitReady || listens };
    const subjects = this.#pool.all().map((worker) => ({
      id: worker.id,
      phase: worker.phase,
      startedAtMs: worker.startedAtMs,
      lastHeardAtMs: worker.recorder.standsStill(nowMs) ? nowMs : worker.lastHeardAtMs,
      rssBytes: worker.recorder.countedRss(worker.sample?.rssBytes ?? null),
    }));
    for (const finding of inspect(subjects, limits, nowMs)) this.#act(finding, nowMs);
    return true;
  }

  #act(finding: UpkeepFinding, nowMs: number): void {
    const worker = this.#pool.get(finding.id);
    if (worker === undefined) return;
    switch (finding.action) {
      case 'kill':
        this.#log('error', worker, `is killed: ${finding.reason}`, { reason: finding.reason });
        worker.kill(finding.reason);
        return;
      case 'replace':
        this.#replace(worker, nowMs);
        return;
      case 'declare-ready':
        this.#log('warn', worker, 'runs but does not listen: it is supervised, not balanced');
        worker.declareReady();
        return;
    }
  }

  #replace(worker: WorkerHandle, nowMs: number): void {
    if (this.#pool.hasSuccessor(worker) || !this.#mayReplace(nowMs)) return;
    this.#log('warn', worker, 'is above its memory limit', { rssBytes: worker.sample?.rssBytes ?? 0 });
    this.#recycle(worker).catch((error: Error) => {
      this.#log('error', worker, `could not be recycled: ${error.message}`);
    });
  }

  #log(level: 'warn' | 'error', { id }: WorkerHandle, what: string, fields: object = {}): void {
    this.#events.log(level, `worker ${id} ${what}`, { worker: id, ...fields });
  }
}

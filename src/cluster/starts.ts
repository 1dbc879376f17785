import type { ClusterEvents } from './cluster-events.ts';
import type { Milestones } from './milestones.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerLauncher } from './worker-launcher.ts';
import type { LifeObserver } from './worker-observers.ts';
import type { WorkerPool } from './worker-pool.ts';
import { describeExit } from './worker-status.ts';

/** A start counts as done so long after the first worker is ready, even if others are not. */
const START_GRACE_MS = 5_000;

/** Has workers started, and knows how far the app has ever got. */
export class Starts {
  readonly #launcher: WorkerLauncher;
  readonly #pool: WorkerPool;
  readonly #events: ClusterEvents;
  readonly #milestones: Milestones;
  readonly #life: LifeObserver<WorkerHandle>;
  readonly #generation: () => number;
  /** A worker was ready once: the app can be started. */
  everReady = false;
  /** The app has listened at least once: a worker that never does has failed. */
  listens = false;

  constructor(parts: {
    readonly launcher: WorkerLauncher;
    readonly pool: WorkerPool;
    readonly events: ClusterEvents;
    readonly milestones: Milestones;
    readonly life: LifeObserver<WorkerHandle>;
    /** That a new worker belongs to. */
    readonly generation: () => number;
  }) {
    this.#launcher = parts.launcher;
    this.#pool = parts.pool;
    this.#events = parts.events;
    this.#milestones = parts.milestones;
    this.#life = parts.life;
    this.#generation = parts.generation;
  }

  /** Starts a worker in the slot; it becomes ready, or ends, later. */
  begin(slot: number): WorkerHandle {
    const worker = this.#launcher.launch(slot, this.#generation(), this.#life);
    this.#pool.add(worker);
    this.#events.log('info', `worker ${worker.id} is starting`, { worker: worker.id, slot, pid: worker.pid });
    this.#events.onChange();
    return worker;
  }

  /**
   * Starts a worker beside the one that has the slot; resolves when it is ready.
   * @throws Error with the reason when it does not get so far
   */
  async replacement(slot: number): Promise<WorkerHandle> {
    const worker = this.begin(slot);
    await this.#milestones.until(() => worker.phase !== 'starting');
    if (worker.phase === 'ready') return worker;
    const { state } = worker;
    const failure = state.phase === 'stopped' ? describeExit(worker, state.reason, state.exit) : 'it was stopped';
    throw new Error(`the new worker ${worker.id} did not become ready: ${failure}`);
  }

  onReady(worker: WorkerHandle): void {
    this.everReady = true;
    const tookMs = (worker.readyAtMs ?? 0) - worker.startedAtMs;
    this.#events.log('info', `worker ${worker.id} is ready after ${tookMs} ms`, { worker: worker.id, tookMs });
  }

  /** Resolves when `desired()` workers are ready, or the first has been for a while. */
  async done(desired: () => number): Promise<void> {
    await this.#milestones.until(() => this.everReady);
    const late = new Promise<void>((resolve) => setTimeout(resolve, START_GRACE_MS).unref());
    await Promise.race([this.#milestones.until(() => this.#pool.ready().length >= desired()), late]);
  }
}

import type { Config } from '../../config/schema.ts';
import type { ClusterStatus, ReloadStatus } from '../ipc/status.ts';
import { chooseVictims } from '../scaling/balancing/victim.ts';
import type { ClusterEvents } from './cluster-events.ts';
import type { ConnectionAcceptor } from './connection-acceptor.ts';
import type { ConnectionDispatcher } from './connection-dispatcher.ts';
import { converge } from './convergence.ts';
import { Departures } from './departures.ts';
import { Failures } from './failures.ts';
import { Milestones } from './milestones.ts';
import { Replacements } from './replacements.ts';
import { Starts } from './starts.ts';
import { Upkeeper } from './upkeeper.ts';
import { WorkerError } from './worker-error.ts';
import type { WorkerHandle } from './worker-handle.ts';
import type { WorkerLauncher } from './worker-launcher.ts';
import type { LifeObserver } from './worker-observers.ts';
import type { WorkerPool } from './worker-pool.ts';
import { describeExit, statusOf } from './worker-status.ts';

/** Keeps the number of workers that is wanted: the only one that has them started, drained and replaced. */
export class ClusterManager implements LifeObserver<WorkerHandle> {
  readonly #config: Config;
  readonly #launcher: WorkerLauncher;
  readonly #pool: WorkerPool;
  readonly #acceptor: ConnectionAcceptor;
  readonly #dispatcher: ConnectionDispatcher;
  readonly #events: ClusterEvents;
  readonly #milestones = new Milestones();
  readonly #starts: Starts;
  readonly #departures: Departures;
  readonly #failures: Failures;
  readonly #replacements: Replacements;
  readonly #upkeeper: Upkeeper;
  readonly #startedAtMs = Date.now();
  #desired = 0;
  #stopping = false;

  constructor(options: {
    readonly config: Config;
    readonly launcher: WorkerLauncher;
    readonly pool: WorkerPool;
    readonly acceptor: ConnectionAcceptor;
    readonly dispatcher: ConnectionDispatcher;
    readonly events: ClusterEvents;
  }) {
    const { config, launcher, pool, acceptor, dispatcher, events } = options;
    this.#config = config;
    this.#launcher = launcher;
    this.#pool = pool;
    this.#acceptor = acceptor;
    this.#dispatcher = dispatcher;
    this.#events = events;
    this.#starts = new Starts({
      launcher,
      pool,
      events,
      milestones: this.#milestones,
      life: this,
      generation: () => this.#replacements.generation,
    });
    this.#departures = new Departures({ config, pool, acceptor, events });
    this.#failures = new Failures({ config, pool, events, start: (slot) => this.#starts.begin(slot) });
    this.#replacements = new Replacements(
      {
        ready: () => pool.ready(),
        startReplacement: (slot) => this.#startReplacement(slot),
        retire: (worker, reason) => this.#departures.begin(worker, reason, true),
        // Unreferenced: a runtime that is told to stop meanwhile must not stay for it.
        wait: (delayMs) => new Promise<void>((resolve) => setTimeout(resolve, delayMs).unref()),
        now: () => Date.now(),
      },
      (status) => this.#onReload(status),
    );
    this.#upkeeper = new Upkeeper({
      config,
      pool,
      events,
      recycle: (worker) => this.#replacements.recycle(worker, 'memory-limit'),
      mayReplace: (nowMs) => !this.#replacements.isBusy && !this.#failures.isFrozen(nowMs),
    });
  }

  get desired(): number {
    return this.#desired;
  }

  /** Brings the number of workers to `desired`; returns at once, workers follow. `why` null: who asks says so in the log himself. */
  reconcile(desired: number, why: string | null): void {
    if (this.#stopping) return;
    if (desired !== this.#desired && why !== null)
      this.#events.log('info', `${desired} ${desired === 1 ? 'worker' : 'workers'} wanted (${why})`, { desired, why });
    this.#desired = desired;
    this.#converge();
    this.#events.onChange();
  }

  /**
   * Rolling reload with a canary; resolves with how it ended, which is also the last progress reported.
   * @throws ReloadRunningError while another is under way.
   */
  reload(onProgress: (status: ReloadStatus) => void): Promise<ReloadStatus> {
    return this.#replacements.reload(this.#config.canaryMs, onProgress);
  }

  /**
   * Replaces all workers at the same time, each new one before its predecessor leaves; resolves when all are ready.
   * @throws ReloadRunningError while another is under way.
   */
  restart(): Promise<void> {
    return this.#replacements.restart();
  }

  /**
   * Replaces one worker, the new one ready before it leaves; resolves with the new one's id.
   * @throws WorkerError, ReloadRunningError; Error when the new worker did not become ready, and the old one stays
   */
  async restartWorker(id: number): Promise<number> {
    const worker = this.#pool.demandReady(id);
    if (this.#pool.hasSuccessor(worker)) throw new WorkerError('WORKER_BUSY', `Worker ${id} is being replaced already`);
    return (await this.#replacements.replaceOne(worker, 'restart')).id;
  }

  /** Resolves when as many workers as are wanted are ready, or the first has been for a while. */
  started(): Promise<void> {
    return this.#starts.done(() => this.#desired);
  }

  /** Drains and ends all workers; resolves when the last is gone. */
  async shutdown(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#desired = 0;
      this.#failures.restarts.cancelAll();
      // What workers have given away, and what else is on its way, gets to a worker before the workers leave.
      const givers = this.#pool.all().filter(mayGive);
      const held = Promise.all(givers.map((worker) => worker.hold()));
      await this.#acceptor.close(held, this.#config.drainTimeoutMs).catch((error: Error) => {
        this.#events.log('error', `closing the listeners: ${error.message}`, { stack: error.stack });
      });
      for (const worker of this.#pool.all()) this.#departures.begin(worker, 'shutdown', false);
      this.#events.onChange();
    }
    await this.#milestones.until(() => this.#pool.all().length === 0);
    await this.#acceptor.end();
  }

  /** SIGKILL to all workers, and to what sends them requests: the second signal of an impatient operator. */
  killAll(): void {
    this.#stopping = true;
    this.#failures.restarts.cancelAll();
    for (const worker of this.#pool.all()) worker.kill('shutdown');
    this.#acceptor.kill();
  }

  /** To be called about once a second. */
  upkeep(nowMs: number): void {
    if (!this.#upkeeper.look(this.#starts.listens, nowMs)) return;
    this.#failures.noteHealthy(nowMs);
    this.#converge(); // what could not be started before, for want of memory or descriptors, may be possible now
  }

  status(): ClusterStatus {
    const workers = this.#pool.all();
    const { name, script } = this.#launcher.app;
    return {
      name,
      script,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      generation: this.#replacements.generation,
      desired: this.#desired,
      ready: workers.filter((worker) => worker.phase === 'ready').length,
      stopping: this.#stopping,
      addresses: [...new Set(workers.flatMap((worker) => (worker.isActive ? [...worker.listening.values()] : [])))],
      workers: workers.map((worker) => statusOf(worker, this.#failures.restarts.count(worker.slot))),
      receipts: this.#departures.receipts,
      reload: this.#replacements.status,
      crashLoop: this.#failures.status(Date.now()),
    };
  }

  onListening(worker: WorkerHandle): void {
    this.#starts.listens = true;
    if (worker.phase === 'ready') this.#acceptor.onReady(worker);
    this.#events.onChange();
  }

  onReady(worker: WorkerHandle): void {
    this.#failures.noteHealthy(Date.now());
    this.#starts.onReady(worker);
    this.#acceptor.onReady(worker);
    this.#dispatcher.onAvailable();
    this.#events.onChange();
    this.#milestones.reached();
    this.#converge();
  }

  onStopped(worker: WorkerHandle): void {
    const { state } = worker;
    if (state.phase !== 'stopped') return;
    this.#events.onLeave(worker.id);
    this.#pool.remove(worker);
    this.#acceptor.onGone(worker);
    this.#dispatcher.onGone(worker);
    const { reason, exit } = state;
    if (reason !== null) this.#departures.onEnd(worker, reason, exit);
    const planned = reason !== null && reason !== 'hung' && reason !== 'start-timeout';
    if (!planned && !this.#stopping) this.#onFailure(worker, describeExit(worker, reason, exit));
    this.#events.onChange();
    this.#milestones.reached();
    this.#converge();
  }

  #onFailure(worker: WorkerHandle, failure: string): void {
    const nowMs = Date.now();
    this.#failures.note(worker, failure, nowMs);
    if (this.#starts.everReady || !this.#failures.isFrozen(nowMs)) return;
    this.killAll();
    this.#events.onStartFailed(failure);
  }

  #converge(): void {
    if (this.#stopping) return;
    const slots = this.#pool.active().map((worker) => worker.slot);
    const { start, cancel, surplus } = converge(this.#desired, slots, this.#failures.restarts.pendingSlots);
    for (const slot of start) this.#starts.begin(slot);
    for (const slot of cancel) this.#failures.restarts.cancel(slot);
    if (surplus > 0) this.#retire(surplus);
  }

  #retire(surplus: number): void {
    const candidates = this.#pool.active().map((worker) => ({
      id: worker.id,
      readyAtMs: worker.readyAtMs,
      websockets: worker.sample?.websockets ?? 0,
      inFlight: worker.load.inFlight,
    }));
    for (const { id } of chooseVictims(candidates, surplus)) {
      const worker = this.#pool.get(id);
      if (worker !== undefined) this.#departures.begin(worker, 'scale-down', true);
    }
  }

  async #startReplacement(slot: number): Promise<WorkerHandle> {
    if (this.#stopping) throw new Error('the runtime is stopping');
    return this.#starts.replacement(slot);
  }

  #onReload(status: ReloadStatus): void {
    // With nobody ready it is not known what the new version listens on: clients go on waiting for it.
    if (status.outcome === 'done' && this.#pool.ready().length > 0) this.#acceptor.closeUnheld();
    const level = status.outcome === 'failed' ? 'error' : 'info';
    this.#events.log(level, `reload: ${status.detail}`, { ...status });
    this.#events.onChange();
  }
}

/** A worker that starts has no connection yet, one that stops has none any more. */
function mayGive({ phase }: WorkerHandle): boolean {
  return phase === 'ready' || phase === 'draining';
}

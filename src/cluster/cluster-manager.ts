import type { Config } from '../../config/schema.ts';
import type { AppReport } from '../ipc/app-metrics.ts';
import type { HandleMessage, ListenQuery, MeterSeries } from '../ipc/protocol.ts';
import type { ClusterStatus, ReloadStatus, StopReason } from '../ipc/status.ts';
import { chooseVictims } from '../scaling/balancing/victim.ts';
import type { ConnectionAcceptor } from './connection-acceptor.ts';
import {
  type CrashLoop,
  crashLoopStatus,
  isFrozen,
  noCrashLoop,
  withFailedStart,
  withHealthyCount,
} from './crash-loop.ts';
import { DrainReceipts } from './drain-receipts.ts';
import type { NativeHandle } from './native.ts';
import { Replacements } from './replacements.ts';
import { Restarts } from './restarts.ts';
import { inspect } from './upkeep.ts';
import type { WorkerHandle, WorkerObserver } from './worker-handle.ts';
import type { WorkerLauncher } from './worker-launcher.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { Exit } from './worker-state.ts';
import { describeExit, statusOf } from './worker-status.ts';

/** Upkeep that comes this late tells of a pause of the primary (stopped, suspended, starved), not of its workers. */
const OVERSLEPT_MS = 3_000;
/** A start counts as done so long after the first worker is ready, even if others are not. */
const START_GRACE_MS = 5_000;

/** What the manager tells the rest of the runtime. */
export interface ClusterEvents {
  log(level: 'info' | 'warn' | 'error', message: string, fields?: object): void;
  onOutput(workerId: number, stream: 'stdout' | 'stderr', chunk: string): void;
  /** A worker changed its state, or the number wanted changed. */
  onChange(): void;
  /** Connections come, go or are used. */
  onActivity(): void;
  /** All meters of a worker (`tidegate/state`, `tidegate/database`), whenever one has changed. */
  onMeters(workerId: number, meters: MeterSeries): void;
  /** What a worker tells of the app's own metrics and checks. */
  onApp(workerId: number, report: AppReport): void;
  /** A worker begins to use the shared state. */
  onStateNeeded(): void;
  /** A worker has ended and is still in the status: the last look at its figures. */
  onLeave(workerId: number): void;
  /** The app could not be started even once; nothing runs any more. */
  onStartFailed(message: string): void;
}

/** Keeps the number of workers that is wanted: the only one that has them started, drained and replaced. */
export class ClusterManager implements WorkerObserver {
  readonly #config: Config;
  readonly #launcher: WorkerLauncher;
  readonly #pool: WorkerPool;
  readonly #acceptor: ConnectionAcceptor;
  readonly #events: ClusterEvents;
  readonly #restarts: Restarts;
  readonly #replacements: Replacements;
  readonly #receipts = new DrainReceipts();
  readonly #startedAtMs = Date.now();
  readonly #watchers = new Set<() => void>();
  #desired = 0;
  #crashLoop: CrashLoop = noCrashLoop;
  #stopping = false;
  #upkeepAtMs = Date.now();
  #everReady = false;
  /** The app has listened at least once: a worker that never does has failed. */
  #listens = false;

  constructor(options: {
    readonly config: Config;
    readonly launcher: WorkerLauncher;
    readonly pool: WorkerPool;
    readonly acceptor: ConnectionAcceptor;
    readonly events: ClusterEvents;
  }) {
    this.#config = options.config;
    this.#launcher = options.launcher;
    this.#pool = options.pool;
    this.#acceptor = options.acceptor;
    this.#events = options.events;
    const { minUptimeMs, maxRestarts, restartBackoffMs, restartBackoffMaxMs, restartPeriodMs } = options.config;
    const limits = {
      minUptimeMs,
      maxRestarts,
      backoffMs: restartBackoffMs,
      backoffMaxMs: restartBackoffMaxMs,
      periodMs: restartPeriodMs,
    };
    this.#restarts = new Restarts(limits, (slot) => this.#start(slot));
    this.#replacements = new Replacements(
      {
        ready: () => this.#pool.ready(),
        startReplacement: (slot) => this.#startReplacement(slot),
        retire: (worker, reason) => this.#drain(worker, reason, true),
        wait: (delayMs) => new Promise<void>((resolve) => setTimeout(resolve, delayMs)),
        now: () => Date.now(),
      },
      (status) => this.#onReload(status),
    );
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

  /** Resolves when as many workers as are wanted are ready, or the first has been for a while. */
  async started(): Promise<void> {
    await this.#until(() => this.#everReady);
    const late = new Promise<void>((resolve) => setTimeout(resolve, START_GRACE_MS).unref());
    await Promise.race([this.#until(() => this.#pool.ready().length >= this.#desired), late]);
  }

  /** Drains and ends all workers; resolves when the last is gone. */
  async shutdown(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#desired = 0;
      this.#restarts.cancelAll();
      // What workers have given away, and what else is on its way, gets to a worker before the workers leave.
      const held = Promise.all(
        this.#pool
          .all()
          .filter(mayGive)
          .map((worker) => worker.hold()),
      );
      await this.#acceptor.close(held, this.#config.drainTimeoutMs).catch((error: Error) => {
        this.#events.log('error', `closing the listeners: ${error.message}`, { stack: error.stack });
      });
      for (const worker of this.#pool.all()) this.#drain(worker, 'shutdown', false);
      this.#events.onChange();
    }
    await this.#until(() => this.#pool.all().length === 0);
    await this.#acceptor.end();
  }

  /** SIGKILL to all workers: the second signal of an impatient operator. */
  killAll(): void {
    this.#stopping = true;
    this.#restarts.cancelAll();
    for (const worker of this.#pool.all()) worker.kill('shutdown');
  }

  /** To be called about once a second. */
  upkeep(nowMs: number): void {
    const silentMs = nowMs - this.#upkeepAtMs;
    this.#upkeepAtMs = nowMs;
    if (silentMs > OVERSLEPT_MS) {
      // It was this process that stood still: what the workers said meanwhile has not been read yet.
      for (const worker of this.#pool.all()) worker.lastHeardAtMs = nowMs;
      return;
    }
    const { listenTimeoutMs, hungTimeoutMs, maxMemoryRestartBytes, waitReady } = this.#config;
    const mustBecomeReady = waitReady || this.#listens;
    const limits = { listenTimeoutMs, hungTimeoutMs, maxMemoryRestartBytes, mustBecomeReady };
    const subjects = this.#pool.all().map((worker) => ({
      id: worker.id,
      phase: worker.phase,
      startedAtMs: worker.startedAtMs,
      lastHeardAtMs: worker.lastHeardAtMs,
      rssBytes: worker.sample?.rssBytes ?? null,
    }));
    for (const finding of inspect(subjects, limits, nowMs)) {
      const worker = this.#pool.get(finding.id);
      if (worker === undefined) continue;
      if (finding.action === 'kill') this.#kill(worker, finding.reason);
      else if (finding.action === 'replace') this.#recycle(worker);
      else this.#declareReady(worker);
    }
    this.#crashLoop = withHealthyCount(this.#crashLoop, this.#pool.ready().length, nowMs);
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
      workers: workers.map((worker) => statusOf(worker, this.#restarts.count(worker.slot))),
      receipts: this.#receipts.all(),
      reload: this.#replacements.status,
      crashLoop: crashLoopStatus(this.#crashLoop, Date.now()),
    };
  }

  onListen(worker: WorkerHandle, request: number, query: ListenQuery): void {
    this.#acceptor.listen(worker, request, query);
  }

  onListening(worker: WorkerHandle): void {
    this.#listens = true;
    if (worker.phase === 'ready') this.#acceptor.onReady(worker);
    this.#events.onChange();
  }

  onUnlisten(worker: WorkerHandle, key: string): void {
    this.#acceptor.unlisten(worker, key);
  }

  onReady(worker: WorkerHandle): void {
    this.#everReady = true;
    this.#crashLoop = withHealthyCount(this.#crashLoop, this.#pool.ready().length, Date.now());
    const tookMs = (worker.readyAtMs ?? 0) - worker.startedAtMs;
    this.#events.log('info', `worker ${worker.id} is ready after ${tookMs} ms`, { worker: worker.id, tookMs });
    this.#acceptor.onReady(worker);
    this.#acceptor.onAvailable();
    this.#notify();
    this.#converge();
  }

  onMeters(worker: WorkerHandle, meters: MeterSeries): void {
    this.#events.onMeters(worker.id, meters);
  }

  onApp(worker: WorkerHandle, report: AppReport): void {
    this.#events.onApp(worker.id, report);
  }

  onStateNeeded(): void {
    this.#events.onStateNeeded();
  }

  onLoad(): void {
    this.#events.onActivity();
  }

  onMove(worker: WorkerHandle, message: HandleMessage & { type: 'move' }, handle: NativeHandle): void {
    this.#acceptor.onMove(worker, message, handle);
  }

  onOutput(worker: WorkerHandle, stream: 'stdout' | 'stderr', chunk: string): void {
    this.#events.onOutput(worker.id, stream, chunk);
  }

  onFault(worker: WorkerHandle, problem: string): void {
    this.#events.log('warn', `worker ${worker.id}: ${problem}`, { worker: worker.id });
  }

  onStopped(worker: WorkerHandle): void {
    const { state } = worker;
    if (state.phase !== 'stopped') return;
    this.#events.onLeave(worker.id);
    this.#pool.remove(worker);
    this.#acceptor.onGone(worker);
    const { reason, exit } = state;
    if (reason !== null) this.#logReceipt(worker, reason, exit);
    const planned = reason !== null && reason !== 'hung' && reason !== 'start-timeout';
    if (!planned && !this.#stopping) this.#onUnexpectedEnd(worker, describeExit(worker, reason, exit));
    this.#notify();
    this.#converge();
  }

  /** Starts what is missing and drains what is too much, by slots: a worker and its replacement count once. */
  #converge(): void {
    if (this.#stopping) return;
    const slots = new Set([...this.#pool.active().map((worker) => worker.slot), ...this.#restarts.pendingSlots]);
    for (let missing = this.#desired - slots.size; missing > 0; missing -= 1) {
      const slot = this.#pool.freeSlot(slots);
      slots.add(slot);
      this.#start(slot);
    }
    const waiting = this.#restarts.pendingSlots.slice(0, Math.max(0, slots.size - this.#desired));
    for (const slot of waiting) this.#restarts.cancel(slot);
    const surplus = slots.size - waiting.length - this.#desired;
    if (surplus <= 0) return;
    const candidates = this.#pool.active().map((worker) => ({
      id: worker.id,
      readyAtMs: worker.readyAtMs,
      websockets: worker.sample?.websockets ?? 0,
      inFlight: worker.load.inFlight,
    }));
    for (const { id } of chooseVictims(candidates, surplus)) {
      const worker = this.#pool.get(id);
      if (worker !== undefined) this.#drain(worker, 'scale-down', true);
    }
  }

  #start(slot: number): WorkerHandle {
    const worker = this.#launcher.launch(slot, this.#replacements.generation, this);
    this.#pool.add(worker);
    this.#events.log('info', `worker ${worker.id} is starting`, { worker: worker.id, slot, pid: worker.pid });
    this.#events.onChange();
    return worker;
  }

  async #startReplacement(slot: number): Promise<WorkerHandle> {
    if (this.#stopping) throw new Error('the runtime is stopping');
    const worker = this.#start(slot);
    await this.#until(() => worker.phase !== 'starting');
    if (worker.phase === 'ready') return worker;
    const { state } = worker;
    const failure = state.phase === 'stopped' ? describeExit(worker, state.reason, state.exit) : 'it was stopped';
    throw new Error(`the new worker ${worker.id} did not become ready: ${failure}`);
  }

  #drain(worker: WorkerHandle, reason: StopReason, othersStay: boolean): void {
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

  #kill(worker: WorkerHandle, reason: 'hung' | 'start-timeout'): void {
    this.#events.log('error', `worker ${worker.id} is killed: ${reason}`, { worker: worker.id, reason });
    worker.kill(reason);
  }

  #declareReady(worker: WorkerHandle): void {
    const message = `worker ${worker.id} runs but does not listen: it is supervised, not balanced`;
    this.#events.log('warn', message, { worker: worker.id });
    worker.declareReady();
  }

  #recycle(worker: WorkerHandle): void {
    const replacing = this.#pool.active().some((other) => other.slot === worker.slot && other.id !== worker.id);
    if (replacing || isFrozen(this.#crashLoop, Date.now())) return;
    const rssBytes = worker.sample?.rssBytes ?? 0;
    this.#events.log('warn', `worker ${worker.id} is above its memory limit`, { worker: worker.id, rssBytes });
    this.#replacements.recycle(worker, 'memory-limit').catch((error: Error) => {
      this.#events.log('error', `worker ${worker.id} could not be recycled: ${error.message}`, { worker: worker.id });
    });
  }

  #onReload(status: ReloadStatus): void {
    if (status.outcome === 'done') this.#acceptor.closeUnheld();
    const level = status.outcome === 'failed' ? 'error' : 'info';
    this.#events.log(level, `reload: ${status.detail}`, { ...status });
    this.#events.onChange();
  }

  #logReceipt(worker: WorkerHandle, reason: StopReason, exit: Exit): void {
    const receipt = this.#receipts.add(worker, reason, exit, Date.now());
    const { moved, finished, closedByClient, cut, durationMs } = receipt;
    const outcome = `${moved} connections moved, ${finished} finished, ${closedByClient} closed by clients, ${cut} cut`;
    const message = `worker ${worker.id} has left after ${durationMs} ms (${reason}): ${outcome}`;
    this.#events.log('info', message, { ...receipt });
  }

  #onUnexpectedEnd(worker: WorkerHandle, failure: string): void {
    const nowMs = Date.now();
    const { slot, readyAtMs, startedAtMs } = worker;
    // An app that loads for seconds and falls at its first request has not lived long.
    const { failedStart, delayMs } = this.#restarts.judge(slot, readyAtMs ?? startedAtMs, readyAtMs !== null, nowMs);
    if (failedStart) this.#crashLoop = withFailedStart(this.#crashLoop, failure, nowMs);
    this.#events.log('error', `worker ${worker.id} ended: ${failure}`, { worker: worker.id, restartInMs: delayMs });
    if (!this.#everReady && isFrozen(this.#crashLoop, nowMs)) {
      this.killAll();
      this.#events.onStartFailed(failure);
      return;
    }
    const covered = this.#pool.active().some((other) => other.slot === slot);
    if (!covered) this.#restarts.schedule(slot, delayMs);
  }

  #notify(): void {
    this.#events.onChange();
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Resolves as soon as `test` holds; looks after every start and end of a worker. */
  #until(test: () => boolean): Promise<void> {
    if (test()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!test()) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }
}

/** A worker that starts has no connection yet, one that stops has none any more. */
function mayGive({ phase }: WorkerHandle): boolean {
  return phase === 'ready' || phase === 'draining';
}

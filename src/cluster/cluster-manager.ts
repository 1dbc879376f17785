import cluster, { type ClusterSettings } from 'node:cluster';
import type { Config } from '../../config/schema.ts';
import type { HandleMessage, ListenQuery } from '../ipc/protocol.ts';
import type { ClusterStatus, ReloadStatus, StopReason, WorkerStatus } from '../ipc/status.ts';
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
import { nextRestart, type RestartHistory } from './restart-policy.ts';
import { type ReloadCrew, rollingReload } from './rolling-reload.ts';
import { type Launcher, launchedBy } from './tether.ts';
import { inspect } from './upkeep.ts';
import { WorkerHandle, type WorkerObserver, type WorkerSpec } from './worker-handle.ts';
import type { WorkerPool } from './worker-pool.ts';

/** How often workers report their figures; a worker silent for longer than HUNG_TIMEOUT_MS is hung. */
const TELEMETRY_MS = 1_000;
/** Upkeep that comes this late tells of a pause of the primary (stopped, suspended, starved), not of its workers. */
const OVERSLEPT_MS = 3_000;
/** A start counts as done so long after the first worker is ready, even if others are not. */
const START_GRACE_MS = 5_000;

/** The app to run. */
export interface AppSpec {
  readonly name: string;
  /** Absolute path. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the manager tells the rest of the runtime. */
export interface ClusterEvents {
  log(level: 'info' | 'warn' | 'error', message: string, fields?: object): void;
  onOutput(workerId: number, stream: 'stdout' | 'stderr', chunk: string): void;
  /** A worker changed its state, or the number wanted changed. */
  onChange(): void;
  /** Connections come, go or are used. */
  onActivity(): void;
  /** A worker has ended and is still in the status: the last look at its figures. */
  onLeave(): void;
  /** The app could not be started even once; nothing runs any more. */
  onStartFailed(message: string): void;
}

/** Thrown by `reload` and `restart` while one is under way. */
export class ReloadRunningError extends Error {
  override readonly name = 'ReloadRunningError';
  readonly code = 'RELOAD_RUNNING';

  constructor() {
    super('A reload is under way; wait until it has ended.');
  }
}

/** Keeps the number of workers that is wanted: the only one that starts, drains and replaces them. */
export class ClusterManager implements WorkerObserver {
  readonly #app: AppSpec;
  readonly #config: Config;
  readonly #launcher: Launcher;
  readonly #accept: 'shared' | 'hand-over';
  readonly #pool: WorkerPool;
  readonly #acceptor: ConnectionAcceptor;
  readonly #events: ClusterEvents;
  readonly #receipts = new DrainReceipts();
  readonly #startedAtMs = Date.now();
  readonly #histories = new Map<number, RestartHistory>();
  readonly #restarts = new Map<number, number>();
  readonly #pendingRestarts = new Map<number, NodeJS.Timeout>();
  readonly #watchers = new Set<(worker: WorkerHandle) => void>();
  #desired = 0;
  #generation = 1;
  #nextId = 1;
  #crashLoop: CrashLoop = noCrashLoop;
  #reload: ReloadStatus | null = null;
  #stopping = false;
  #upkeepAtMs = Date.now();
  #everReady = false;
  /** The app has listened at least once: a worker that never does has failed. */
  #listens = false;

  constructor(options: {
    readonly app: AppSpec;
    readonly config: Config;
    readonly launcher: Launcher;
    readonly agentFile: string;
    readonly accept: 'shared' | 'hand-over';
    readonly pool: WorkerPool;
    readonly acceptor: ConnectionAcceptor;
    readonly events: ClusterEvents;
  }) {
    this.#app = options.app;
    this.#config = options.config;
    this.#launcher = options.launcher;
    this.#accept = options.accept;
    this.#pool = options.pool;
    this.#acceptor = options.acceptor;
    this.#events = options.events;
    cluster.setupPrimary({
      exec: options.app.script,
      args: [...options.app.args],
      cwd: options.app.cwd,
      execArgv: [...options.launcher.prefix, ...options.app.nodeArgs, '--require', options.agentFile],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    } as ClusterSettings);
  }

  get desired(): number {
    return this.#desired;
  }

  /** Brings the number of workers to `desired`; returns at once, workers follow. */
  reconcile(desired: number, why: string): void {
    if (this.#stopping) return;
    if (desired !== this.#desired) this.#events.log('info', `${desired} workers wanted (${why})`, { desired, why });
    this.#desired = desired;
    this.#converge();
    this.#events.onChange();
  }

  /**
   * Rolling reload with a canary; resolves with how it ended, which is also the last progress reported.
   * @throws ReloadRunningError while another is under way.
   */
  async reload(onProgress: (status: ReloadStatus) => void): Promise<ReloadStatus> {
    this.#beginReload();
    const crew: ReloadCrew = {
      outdated: () => this.#outdated(),
      startReplacement: (slot) => this.#startReplacement(slot),
      retire: (worker, reason) => this.#drain(worker, reason, true),
      wait: (delayMs) => new Promise<void>((resolve) => setTimeout(resolve, delayMs)),
      now: () => Date.now(),
    };
    const options = { generation: this.#generation, canaryMs: this.#config.canaryMs };
    const report = (status: ReloadStatus): void => {
      this.#reload = status;
      this.#events.log(status.outcome === 'failed' ? 'error' : 'info', `reload: ${status.detail}`, { ...status });
      this.#events.onChange();
      onProgress(status);
    };
    const last = await rollingReload(crew, options, report);
    if (last.outcome === 'done') this.#acceptor.closeUnheld();
    return last;
  }

  /**
   * Replaces all workers at the same time, each new one before its predecessor leaves; resolves when all are ready.
   * @throws ReloadRunningError while another is under way.
   */
  async restart(): Promise<void> {
    this.#beginReload();
    const old = this.#outdated();
    const startedAtMs = Date.now();
    const status = { generation: this.#generation, startedAtMs, total: old.length };
    this.#reload = { ...status, finishedAtMs: null, replaced: 0, outcome: 'running', detail: 'restarting' };
    try {
      await Promise.all(old.map((worker) => this.#replace(worker, 'restart')));
      this.#reload = {
        ...status,
        finishedAtMs: Date.now(),
        replaced: old.length,
        outcome: 'done',
        detail: 'restarted',
      };
    } catch (error) {
      const detail = (error as Error).message;
      this.#reload = { ...status, finishedAtMs: Date.now(), replaced: 0, outcome: 'failed', detail };
      throw error;
    }
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
      for (const timer of this.#pendingRestarts.values()) clearTimeout(timer);
      this.#pendingRestarts.clear();
      this.#acceptor.close();
      for (const worker of this.#pool.all()) this.#drain(worker, 'shutdown', false);
      this.#events.onChange();
    }
    await this.#until(() => this.#pool.all().length === 0);
  }

  /** SIGKILL to all workers: the second signal of an impatient operator. */
  killAll(): void {
    this.#stopping = true;
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
  }

  status(): ClusterStatus {
    const workers = this.#pool.all();
    return {
      name: this.#app.name,
      script: this.#app.script,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      generation: this.#generation,
      desired: this.#desired,
      ready: workers.filter((worker) => worker.phase === 'ready').length,
      stopping: this.#stopping,
      addresses: [...new Set(workers.flatMap((worker) => (worker.isActive ? [...worker.listening] : [])))],
      workers: workers.map((worker) => this.#statusOf(worker)),
      receipts: this.#receipts.all(),
      reload: this.#reload,
      crashLoop: crashLoopStatus(this.#crashLoop, Date.now()),
    };
  }

  onListen(worker: WorkerHandle, request: number, query: ListenQuery): void {
    this.#acceptor.listen(worker, request, query);
  }

  onListening(_worker: WorkerHandle): void {
    this.#listens = true;
    this.#events.onChange();
  }

  onUnlisten(worker: WorkerHandle, key: string): void {
    this.#acceptor.unlisten(worker, key);
  }

  onReady(worker: WorkerHandle): void {
    this.#everReady = true;
    const tookMs = (worker.readyAtMs ?? 0) - worker.startedAtMs;
    this.#events.log('info', `worker ${worker.id} is ready after ${tookMs} ms`, { worker: worker.id, tookMs });
    this.#acceptor.onAvailable();
    this.#notify(worker);
    this.#converge();
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
    this.#events.onLeave();
    this.#pool.remove(worker);
    this.#acceptor.onGone(worker);
    const { reason, exit } = state;
    const planned = reason !== null && reason !== 'hung' && reason !== 'start-timeout';
    if (reason !== null) this.#logReceipt(worker, reason, exit);
    if (!planned && !this.#stopping) this.#onUnexpectedEnd(worker, describeExit(worker, reason, exit));
    this.#notify(worker);
    this.#converge();
  }

  #statusOf(worker: WorkerHandle): WorkerStatus {
    return {
      id: worker.id,
      slot: worker.slot,
      pid: worker.pid,
      phase: worker.phase,
      generation: worker.generation,
      startedAtMs: worker.startedAtMs,
      readyAtMs: worker.readyAtMs,
      restarts: this.#restarts.get(worker.slot) ?? 0,
      balanced: worker.keys.size > 0,
      listening: [...worker.listening],
      sample: worker.sample,
      sampleAtMs: worker.sampleAtMs,
      claims: worker.load.claims,
      ejected: worker.ejected,
    };
  }

  /** Starts what is missing and drains what is too much, by slots: a worker and its replacement count once. */
  #converge(): void {
    if (this.#stopping) return;
    const slots = new Set([...this.#pool.active().map((worker) => worker.slot), ...this.#pendingRestarts.keys()]);
    for (let missing = this.#desired - slots.size; missing > 0; missing -= 1) {
      const slot = this.#pool.freeSlot(slots);
      slots.add(slot);
      this.#start(slot);
    }
    let surplus = slots.size - this.#desired;
    for (const [slot, timer] of this.#pendingRestarts) {
      if (surplus <= 0) return;
      clearTimeout(timer);
      this.#pendingRestarts.delete(slot);
      surplus -= 1;
    }
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
    const config = this.#config;
    const spec: WorkerSpec = {
      id: this.#nextId++,
      slot,
      generation: this.#generation,
      weight: Number(config.lbWeights[slot] ?? 1),
      env: { ...this.#app.env, NODE_APP_INSTANCE: String(slot) },
      agent: {
        accept: this.#accept,
        waitReady: config.waitReady,
        moves: config.connectionMoves,
        routeClasses: config.routeClasses,
        tethered: this.#launcher.tethered,
        telemetryMs: TELEMETRY_MS,
      },
    };
    const worker = launchedBy(this.#launcher, () => new WorkerHandle(spec, this));
    this.#pool.add(worker);
    this.#events.log('info', `worker ${worker.id} is starting`, { worker: worker.id, slot, pid: worker.pid });
    this.#events.onChange();
    return worker;
  }

  #drain(worker: WorkerHandle, reason: StopReason, othersStay: boolean): void {
    const { drainTimeoutMs, websocketCloseJitterMs, stopSignal, killTimeoutMs } = this.#config;
    const others = this.#pool.ready().some((other) => other.id !== worker.id);
    worker.drain({
      reason,
      deadlineMs: drainTimeoutMs,
      websocketJitterMs: websocketCloseJitterMs,
      move: othersStay && others,
      stopSignal,
      killTimeoutMs,
    });
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
    this.#replace(worker, 'memory-limit').catch((error: Error) => {
      this.#events.log('error', `worker ${worker.id} could not be recycled: ${error.message}`, { worker: worker.id });
    });
  }

  async #replace(worker: WorkerHandle, reason: StopReason): Promise<void> {
    await this.#startReplacement(worker.slot);
    if (worker.phase === 'ready') this.#drain(worker, reason, true);
  }

  async #startReplacement(slot: number): Promise<WorkerHandle> {
    const worker = this.#start(slot);
    await this.#until(() => worker.phase !== 'starting');
    if (worker.phase === 'ready') return worker;
    const failure =
      worker.state.phase === 'stopped' ? describeExit(worker, worker.state.reason, worker.state.exit) : '';
    throw new Error(`the new worker ${worker.id} did not become ready: ${failure || 'it was stopped'}`);
  }

  #beginReload(): void {
    if (this.#reload?.outcome === 'running') throw new ReloadRunningError();
    this.#generation += 1;
  }

  #outdated(): WorkerHandle[] {
    return this.#pool.ready().filter((worker) => worker.generation < this.#generation);
  }

  #logReceipt(worker: WorkerHandle, reason: StopReason, exit: { code: number | null; signal: string | null }): void {
    const receipt = this.#receipts.add(worker, reason, exit, Date.now());
    const { moved, finished, closedByClient, cut, durationMs } = receipt;
    this.#events.log(
      'info',
      `worker ${worker.id} has left after ${durationMs} ms (${reason}): ${moved} connections moved, ${finished} finished, ${closedByClient} closed by clients, ${cut} cut`,
      { ...receipt },
    );
  }

  #onUnexpectedEnd(worker: WorkerHandle, failure: string): void {
    const nowMs = Date.now();
    const { minUptimeMs, restartBackoffMs, restartBackoffMaxMs, maxRestarts, restartPeriodMs } = this.#config;
    const limits = {
      minUptimeMs,
      backoffMs: restartBackoffMs,
      backoffMaxMs: restartBackoffMaxMs,
      maxRestarts,
      periodMs: restartPeriodMs,
    };
    const { slot } = worker;
    const history = this.#histories.get(slot) ?? [];
    const verdict = nextRestart(limits, history, worker.startedAtMs, worker.readyAtMs !== null, nowMs);
    this.#histories.set(slot, verdict.history);
    if (verdict.failedStart) this.#crashLoop = withFailedStart(this.#crashLoop, failure, nowMs);
    const delayMs = verdict.restartAtMs - nowMs;
    this.#events.log('error', `worker ${worker.id} ended: ${failure}`, { worker: worker.id, restartInMs: delayMs });
    if (!this.#everReady && isFrozen(this.#crashLoop, nowMs)) {
      this.#giveUp(failure);
      return;
    }
    const covered = this.#pool.active().some((other) => other.slot === slot);
    if (covered || this.#pendingRestarts.has(slot)) return;
    this.#restarts.set(slot, (this.#restarts.get(slot) ?? 0) + 1);
    const restart = (): void => {
      this.#pendingRestarts.delete(slot);
      if (!this.#stopping) this.#start(slot);
    };
    this.#pendingRestarts.set(slot, setTimeout(restart, delayMs));
  }

  #giveUp(failure: string): void {
    this.#stopping = true;
    for (const timer of this.#pendingRestarts.values()) clearTimeout(timer);
    this.#pendingRestarts.clear();
    this.killAll();
    this.#events.onStartFailed(failure);
  }

  #notify(worker: WorkerHandle): void {
    this.#events.onChange();
    for (const watcher of [...this.#watchers]) watcher(worker);
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

function describeExit(
  worker: WorkerHandle,
  reason: StopReason | null,
  exit: { code: number | null; signal: string | null },
): string {
  if (reason === 'start-timeout') return 'it was not ready in time (LISTEN_TIMEOUT_MS)';
  if (reason === 'hung') return 'its event loop was blocked for too long (HUNG_TIMEOUT_MS)';
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  return worker.readyAtMs === null ? `${how} before it was ready` : how;
}

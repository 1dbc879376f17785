import cluster, { type Worker } from 'node:cluster';
import type { Duplex } from 'node:stream';
import type { AppReport } from '../ipc/app-metrics.ts';
import { ControlChannel } from '../ipc/control-channel.ts';
import {
  AGENT_ENV,
  type AgentMessage,
  type AgentSettings,
  type AppBreakerReports,
  type DrainCounts,
  type HandleMessage,
  isAgentMessage,
  isHandleMessage,
  type ListenQuery,
  type MeterSeries,
  type PrimaryMessage,
} from '../ipc/protocol.ts';
import type { StopReason, TelemetrySample, WorkerPhase } from '../ipc/status.ts';
import { isNativeHandle, type NativeHandle } from './native.ts';
import { WorkerLoad } from './worker-load.ts';
import { type Parcel, WorkerOutbox } from './worker-outbox.ts';
import { type Exit, mayBecome, type WorkerState } from './worker-state.ts';

/** File descriptor of the control channel in a worker. */
const CONTROL_FD = 4;
/** A drain that has not reported by its deadline plus this is given up: the worker is blocked. */
const DRAIN_GRACE_MS = 1_000;

/** What a worker tells its owner; each call is about this worker. */
export interface WorkerObserver {
  onListen(worker: WorkerHandle, request: number, query: ListenQuery): void;
  onListening(worker: WorkerHandle): void;
  onUnlisten(worker: WorkerHandle, key: string): void;
  onReady(worker: WorkerHandle): void;
  /** Something happened on its connections. */
  onLoad(worker: WorkerHandle): void;
  /** All its meters, whenever one has changed. */
  onMeters(worker: WorkerHandle, meters: MeterSeries): void;
  /** What it tells of the app's own metrics and checks. */
  onApp(worker: WorkerHandle, report: AppReport): void;
  /** A worker begins to use the shared state. */
  onStateNeeded(): void;
  /** A connection that the worker gives away. */
  onMove(worker: WorkerHandle, message: HandleMessage & { type: 'move' }, handle: NativeHandle): void;
  onOutput(worker: WorkerHandle, stream: 'stdout' | 'stderr', chunk: string): void;
  onFault(worker: WorkerHandle, problem: string): void;
  /** The process has ended, and everything it sent has been read. */
  onStopped(worker: WorkerHandle): void;
}

export interface WorkerSpec {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** For weighted policies; positive. */
  readonly weight: number;
  readonly env: Readonly<Record<string, string>>;
  readonly agent: Omit<AgentSettings, 'controlFd' | 'workerId'>;
}

export interface DrainOrder {
  readonly reason: StopReason;
  readonly deadlineMs: number;
  readonly websocketJitterMs: number;
  /** Whether other workers can take the connections. */
  readonly move: boolean;
  /** Resolves when nobody sends it anything new; null: nobody does. */
  readonly left: Promise<void> | null;
  readonly stopSignal: NodeJS.Signals;
  readonly killTimeoutMs: number;
}

/** One worker's life: fork, readiness, drain, end. It knows nothing of other workers. */
export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly startedAtMs = Date.now();
  readonly outbox: WorkerOutbox;
  readonly load: WorkerLoad;
  /** Keys of the listeners that this worker serves. */
  readonly keys = new Set<string>();
  /** What it listens on, in words, by listener key. */
  readonly listening = new Map<string, string>();
  readyAtMs: number | null = null;
  sample: TelemetrySample | null = null;
  sampleAtMs: number | null = null;
  #onMovesOver: () => void = () => {};
  /** Where it takes the gateway's connections, by listener. */
  readonly gatewayEntrances = new Map<string, string>();
  #entrances = 0;
  /** Of the app, as of its last report. */
  appBreakers: AppBreakerReports = {};
  lastHeardAtMs = Date.now();
  #ejected = false;
  readonly #worker: Worker;
  readonly #channel: ControlChannel<AgentMessage, PrimaryMessage>;
  readonly #observer: WorkerObserver;
  readonly #waitReady: boolean;
  #order: DrainOrder | null = null;
  #drainedCounts: DrainCounts | null = null;
  #drainStartedAtMs: number | null = null;
  #state: WorkerState = { phase: 'starting', sinceMs: Date.now() };
  #exit: Exit | null = null;
  #killTimer: NodeJS.Timeout | undefined;

  /** Forks at once, with the cluster settings in force. */
  constructor(spec: WorkerSpec, observer: WorkerObserver) {
    this.id = spec.id;
    this.slot = spec.slot;
    this.generation = spec.generation;
    this.#observer = observer;
    this.#waitReady = spec.agent.waitReady;
    const settings: AgentSettings = { ...spec.agent, controlFd: CONTROL_FD, workerId: spec.id };
    this.#worker = cluster.fork({ ...spec.env, [AGENT_ENV]: JSON.stringify(settings) });
    const child = this.#worker.process;
    this.outbox = new WorkerOutbox(child);
    this.load = new WorkerLoad(spec.id, spec.slot, spec.weight);
    this.#channel = new ControlChannel(child.stdio[CONTROL_FD] as unknown as Duplex, {
      accept: isAgentMessage,
      onMessage: (message) => this.#onMessage(message),
      onFault: (problem) => observer.onFault(this, problem),
      onEnd: () => this.#settle(),
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => observer.onOutput(this, stream, chunk));
    }
    child.on('internalMessage' as 'message', (message: unknown, handle: unknown) => {
      if (!isHandleMessage(message)) return;
      if (message.type === 'moves-over') this.#onMovesOver();
      if (message.type !== 'move' || handle == null) return;
      // An app can send what looks like ours, with sockets of its own kind.
      if (isNativeHandle(handle) && typeof message.key === 'string') observer.onMove(this, message, handle);
      else (handle as { destroy?: () => void }).destroy?.();
    });
    this.#worker.on('message', (message: unknown) => {
      if (message === 'ready' && this.#waitReady) this.#becomeReady();
    });
    this.#worker.on('error', (error) => observer.onFault(this, error.message));
    child.once('error', (error) => {
      // The process could not be started at all: no exit event follows.
      if (child.pid === undefined) this.#ended({ code: null, signal: null }, error.message);
    });
    this.#worker.once('exit', (code, signal) => this.#ended({ code, signal }, null));
    child.once('close', () => this.#settle());
    child.once('disconnect', () => {
      this.#onMovesOver();
      this.#settle();
    });
  }

  get state(): WorkerState {
    return this.#state;
  }

  get phase(): WorkerPhase {
    return this.#state.phase;
  }

  get pid(): number | null {
    return this.#worker.process.pid ?? null;
  }

  /** A breaker keeps new connections from it. */
  get ejected(): boolean {
    return this.#ejected;
  }

  set ejected(ejected: boolean) {
    this.#ejected = ejected;
    this.load.available = this.phase === 'ready' && !ejected;
  }

  /** Starting or ready: it counts towards the number of workers wanted. */
  get isActive(): boolean {
    return this.phase === 'starting' || this.phase === 'ready';
  }

  /** What the drain came to; null while it runs, and for a worker that was killed before it could say. */
  get drainedCounts(): DrainCounts | null {
    return this.#drainedCounts;
  }

  get drainStartedAtMs(): number | null {
    return this.#drainStartedAtMs;
  }

  send(message: PrimaryMessage): void {
    this.#channel.send(message);
  }

  /** A number for a further entrance: one that was closed may still be in use. */
  nextEntrance(): number {
    return this.#entrances++;
  }

  /** Queues a descriptor for this worker. */
  post(parcel: Parcel): void {
    this.outbox.push(parcel);
  }

  /** An app that does not listen is ready because its owner says so. */
  declareReady(): void {
    this.#becomeReady();
  }

  /** Takes the worker out of service in the order: no new connections, empty, stop signal, SIGKILL. */
  drain(order: DrainOrder): void {
    const { deadlineMs, websocketJitterMs, move } = order;
    // It is emptying itself already; but that there is nobody left to take its connections is news.
    if (this.phase === 'draining' && !move) this.send({ type: 'drain', deadlineMs, websocketJitterMs, move });
    if (!mayBecome(this.phase, 'draining')) return;
    this.#order = order;
    this.#drainStartedAtMs = Date.now();
    this.#become({ phase: 'draining', sinceMs: this.#drainStartedAtMs, reason: order.reason });
    // What is on its way there arrives first, or it would say that it is empty, and be ended with a connection just received.
    const endMs = this.#drainStartedAtMs + deadlineMs;
    const begin = (): void =>
      this.outbox.whenEmpty(() => {
        const leftMs = Math.max(0, endMs - Date.now());
        this.send({ type: 'drain', deadlineMs: leftMs, websocketJitterMs, move });
      });
    if (order.left === null) begin();
    else {
      // A gateway that does not answer may take half of the time, not all of it.
      const late = new Promise<void>((resolve) => setTimeout(resolve, deadlineMs / 2).unref());
      void Promise.race([order.left, late]).then(begin);
    }
    this.#killTimer = setTimeout(() => this.kill(order.reason), deadlineMs + DRAIN_GRACE_MS);
  }

  /** Has it give no connection away any more; resolves when the last one has come from it, or none can. */
  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#onMovesOver = resolve;
      if (this.phase === 'stopped' || !this.#worker.process.connected) resolve();
      else this.send({ type: 'hold' });
    });
  }

  /** SIGKILL, at once. */
  kill(reason: StopReason): void {
    clearTimeout(this.#killTimer);
    if (mayBecome(this.phase, 'stopping')) this.#become({ phase: 'stopping', sinceMs: Date.now(), reason });
    this.#worker.process.kill('SIGKILL');
  }

  #onMessage(message: AgentMessage): void {
    this.lastHeardAtMs = Date.now();
    switch (message.type) {
      case 'listen':
        this.#observer.onListen(this, message.request, message.query);
        return;
      case 'listening':
        if (message.key !== '') this.keys.add(message.key);
        this.listening.set(message.key || message.text, message.text);
        this.#observer.onListening(this);
        if (!this.#waitReady) this.#becomeReady();
        return;
      case 'unlisten':
        this.keys.delete(message.key);
        this.listening.delete(message.key);
        this.#observer.onUnlisten(this, message.key);
        return;
      case 'load':
        this.load.report(message.load, this.outbox.length);
        this.#observer.onLoad(this);
        return;
      case 'telemetry':
        this.#onTelemetry(message);
        return;
      case 'app':
        this.#observer.onApp(this, message.report);
        return;
      case 'state-needed':
        this.#observer.onStateNeeded();
        return;
      case 'drained':
        this.#onDrained(message.counts);
        return;
    }
  }

  #onTelemetry({ sample, totals, meters, breakers }: AgentMessage & { type: 'telemetry' }): void {
    if (meters != null) this.#observer.onMeters(this, meters);
    if (breakers != null) this.appBreakers = breakers;
    const known = totals ?? this.sample?.totals;
    if (known === undefined) return; // the first sample brings totals
    this.sample = { ...sample, totals: known };
    this.sampleAtMs = Date.now();
    const latencyMs = this.load.takeLatency(this.sample);
    if (latencyMs !== null) this.load.observeLatency(latencyMs, this.sampleAtMs);
  }

  #becomeReady(): void {
    if (this.phase !== 'starting') return;
    this.readyAtMs = Date.now();
    this.#become({ phase: 'ready', sinceMs: this.readyAtMs });
    if (this.#waitReady) this.send({ type: 'share', acceptsPerInterval: Number.MAX_SAFE_INTEGER, intervalMs: 1_000 });
    this.#observer.onReady(this);
  }

  #onDrained(counts: DrainCounts): void {
    const order = this.#order;
    if (order === null || this.phase !== 'draining') return;
    clearTimeout(this.#killTimer);
    this.#drainedCounts = counts;
    this.#become({ phase: 'stopping', sinceMs: Date.now(), reason: order.reason });
    // PM2's convention first, for apps that wait for it.
    if (this.#worker.process.connected) this.#worker.process.send('shutdown', () => {});
    this.#worker.process.kill(order.stopSignal);
    this.#killTimer = setTimeout(() => this.kill(order.reason), order.killTimeoutMs);
  }

  #ended(exit: Exit, problem: string | null): void {
    clearTimeout(this.#killTimer);
    if (problem !== null) this.#observer.onFault(this, problem);
    this.#exit ??= exit;
    this.#settle();
  }

  /** The end is complete when the process has exited and its IPC channel has been read to the end. */
  #settle(): void {
    if (this.#exit === null || this.#worker.process.connected || this.phase === 'stopped') return;
    const reason = 'reason' in this.#state ? this.#state.reason : null;
    this.#become({ phase: 'stopped', sinceMs: Date.now(), reason, exit: this.#exit, from: this.phase });
    this.#channel.close();
    this.#observer.onStopped(this);
  }

  #become(state: WorkerState): void {
    if (!mayBecome(this.phase, state.phase)) {
      throw new Error(`worker ${this.id} can't go from ${this.phase} to ${state.phase}`);
    }
    this.#state = state;
    this.load.available = state.phase === 'ready' && !this.ejected;
  }
}

import type { AgentMessage, AgentSettings, AppBreakerReports, DrainCounts, PrimaryMessage } from '../ipc/protocol.ts';
import type { StopReason, TelemetrySample, WorkerPhase } from '../ipc/status.ts';
import { type DrainOrder, WorkerDeparture } from './worker-departure.ts';
import { WorkerLoad } from './worker-load.ts';
import type { WorkerObservers } from './worker-observers.ts';
import type { WorkerOutbox } from './worker-outbox.ts';
import { WorkerProcess } from './worker-process.ts';
import { WorkerRecorder } from './worker-recorder.ts';
import { type Exit, mayBecome, type WorkerState } from './worker-state.ts';

export interface WorkerSpec {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  /** For weighted policies; positive. */
  readonly weight: number;
  readonly env: Readonly<Record<string, string>>;
  readonly agent: Omit<AgentSettings, 'controlFd' | 'workerId'>;
}

/** One worker's life: start, readiness, drain, end. It knows nothing of other workers. */
export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly startedAtMs = Date.now();
  readonly load: WorkerLoad;
  readonly recorder = new WorkerRecorder((message) => this.send(message));
  /** Descriptors on their way to it. */
  readonly outbox: WorkerOutbox;
  /** Keys of the listeners that this worker serves. */
  readonly keys = new Set<string>();
  /** What it listens on, in words, by listener key. */
  readonly listening = new Map<string, string>();
  /** Where it takes the gateway's connections, by listener. */
  readonly gatewayEntrances = new Map<string, string>();
  /** Why the last `listen()` that the primary refused was refused, in words. */
  listenFailure: string | null = null;
  readyAtMs: number | null = null;
  sample: TelemetrySample | null = null;
  sampleAtMs: number | null = null;
  /** Of the app, as of its last report. */
  appBreakers: AppBreakerReports = {};
  lastHeardAtMs = Date.now();
  readonly #process: WorkerProcess;
  readonly #observers: WorkerObservers<WorkerHandle>;
  readonly #waitReady: boolean;
  #state: WorkerState = { phase: 'starting', sinceMs: Date.now() };
  #ejected = false;
  #aside = false;
  #entrances = 0;
  #departure: WorkerDeparture | null = null;
  #onMovesOver: () => void = () => {};

  /** Forks at once, with the cluster settings in force. */
  constructor(spec: WorkerSpec, observers: WorkerObservers<WorkerHandle>) {
    const { id, slot, generation, weight, env, agent } = spec;
    this.id = id;
    this.slot = slot;
    this.generation = generation;
    this.load = new WorkerLoad(id, slot, weight);
    this.#observers = observers;
    this.#waitReady = agent.waitReady;
    const { moves, reports } = observers;
    this.#process = new WorkerProcess(
      env,
      { ...agent, workerId: id },
      {
        onMessage: (message) => this.#onMessage(message),
        onReadySaid: () => {
          if (this.#waitReady) this.#becomeReady();
        },
        onMove: (message, handle) => moves.onMove(this, message, handle),
        onMovesOver: () => this.#onMovesOver(),
        onOutput: (stream, chunk) => reports.onOutput(id, stream, chunk),
        onFault: (problem) => reports.onFault(id, problem),
        onExit: () => this.#departure?.forget(),
        onEnd: (exit) => this.#onEnd(exit),
      },
    );
    this.outbox = this.#process.outbox;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get phase(): WorkerPhase {
    return this.#state.phase;
  }

  get pid(): number | null {
    return this.#process.pid;
  }

  /** A breaker keeps new connections from it. */
  get ejected(): boolean {
    return this.#ejected;
  }

  set ejected(ejected: boolean) {
    this.#ejected = ejected;
    this.#offer();
  }

  /** Others take what is new, as it is about to stand still for a while. */
  get aside(): boolean {
    return this.#aside;
  }

  set aside(aside: boolean) {
    this.#aside = aside;
    this.#offer();
  }

  /** Ejected or set aside: it gets nothing new. */
  get withheld(): boolean {
    return this.#ejected || this.#aside;
  }

  /** Starting or ready: it counts towards the number of workers wanted. */
  get isActive(): boolean {
    return this.phase === 'starting' || this.phase === 'ready';
  }

  /** What the drain came to; null while it runs, and for a worker that was killed before it could say. */
  get drainedCounts(): DrainCounts | null {
    return this.#departure?.counts ?? null;
  }

  get drainStartedAtMs(): number | null {
    return this.#departure?.startedAtMs ?? null;
  }

  send(message: PrimaryMessage): void {
    this.#process.send(message);
  }

  /** A number for a further entrance: one that was closed may still be in use. */
  nextEntrance(): number {
    return this.#entrances++;
  }

  /** An app that does not listen is ready because its owner says so. */
  declareReady(): void {
    this.#becomeReady();
  }

  /** Takes the worker out of service, as `WorkerDeparture` says. */
  drain(order: DrainOrder): void {
    const { reason, deadlineMs, websocketJitterMs, move } = order;
    // It is emptying itself already; but that there is nobody left to take its connections is news.
    if (this.phase === 'draining' && !move) this.send({ type: 'drain', deadlineMs, websocketJitterMs, move });
    if (!mayBecome(this.phase, 'draining')) return;
    const departure = new WorkerDeparture(this.#process, order, () => this.kill(reason));
    this.#departure = departure;
    this.#become({ phase: 'draining', sinceMs: departure.startedAtMs, reason });
    departure.begin();
  }

  /** Has it give no connection away any more; resolves when the last one has come from it, or none can. */
  hold(): Promise<void> {
    return new Promise((resolve) => {
      this.#onMovesOver = resolve;
      if (this.phase === 'stopped' || !this.#process.connected) resolve();
      else this.send({ type: 'hold' });
    });
  }

  /** SIGKILL, at once. */
  kill(reason: StopReason): void {
    this.#departure?.forget();
    if (mayBecome(this.phase, 'stopping')) this.#become({ phase: 'stopping', sinceMs: Date.now(), reason });
    this.#process.kill();
  }

  #onMessage(message: AgentMessage): void {
    const { life, listens, reports } = this.#observers;
    this.lastHeardAtMs = Date.now();
    switch (message.type) {
      case 'listen':
        listens.onListen(this, message.request, message.query);
        return;
      case 'listening':
        if (message.key !== '') this.keys.add(message.key);
        this.listening.set(message.key || message.text, message.text);
        life.onListening(this);
        if (!this.#waitReady) this.#becomeReady();
        return;
      case 'unlisten':
        this.keys.delete(message.key);
        this.listening.delete(message.key);
        listens.onUnlisten(this, message.key);
        return;
      case 'load':
        this.load.report(message.load, this.outbox.length);
        reports.onActivity();
        return;
      case 'telemetry':
        this.#onTelemetry(message);
        return;
      case 'saturated':
        reports.onSaturated(this.id, message.sample);
        return;
      case 'app':
        reports.onApp(this.id, message.report);
        return;
      case 'state-needed':
        reports.onStateNeeded();
        return;
      case 'recorded':
        this.recorder.onRecorded(message);
        return;
      case 'drained':
        this.#onDrained(message.counts);
        return;
    }
  }

  #onTelemetry({ sample, totals, meters, breakers }: AgentMessage & { type: 'telemetry' }): void {
    if (meters != null) this.#observers.reports.onMeters(this.id, meters);
    if (breakers != null) this.appBreakers = breakers;
    const known = totals ?? this.sample?.totals;
    if (known === undefined) return; // the first sample brings totals
    this.sample = { ...sample, totals: known };
    this.sampleAtMs = Date.now();
    this.recorder.onSample(sample.rssBytes);
    const latencyMs = this.load.takeLatency(this.sample);
    if (latencyMs !== null) this.load.observeLatency(latencyMs, this.sampleAtMs);
  }

  #becomeReady(): void {
    if (this.phase !== 'starting') return;
    this.readyAtMs = Date.now();
    this.#become({ phase: 'ready', sinceMs: this.readyAtMs });
    if (this.#waitReady) this.send({ type: 'share', acceptsPerInterval: Number.MAX_SAFE_INTEGER, intervalMs: 1_000 });
    this.#observers.life.onReady(this);
  }

  #onDrained(counts: DrainCounts): void {
    const departure = this.#departure;
    if (departure === null || this.phase !== 'draining') return;
    this.#become({ phase: 'stopping', sinceMs: Date.now(), reason: departure.reason });
    departure.onDrained(counts);
  }

  #onEnd(exit: Exit): void {
    const reason = 'reason' in this.#state ? this.#state.reason : null;
    this.#become({ phase: 'stopped', sinceMs: Date.now(), reason, exit, from: this.phase });
    this.recorder.onEnd();
    this.#observers.life.onStopped(this);
  }

  #become(state: WorkerState): void {
    if (!mayBecome(this.phase, state.phase)) {
      throw new Error(`worker ${this.id} can't go from ${this.phase} to ${state.phase}`);
    }
    this.#state = state;
    this.#offer();
  }

  #offer(): void {
    this.load.available = this.phase === 'ready' && !this.withheld;
  }
}

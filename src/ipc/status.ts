/** What the runtime says of its workers: the shapes the control API serves, the collector reads and the CLI prints. */

import type { RecordingKind } from './recording.ts';

/** `starting → ready → draining → stopping → stopped`; a state never goes back. */
export type WorkerPhase = 'starting' | 'ready' | 'draining' | 'stopping' | 'stopped';

/** One telemetry report of a worker's agent, about once a second. Counters are totals since the worker started. */
export interface TelemetrySample {
  /** Length of the interval that the ratios below describe. */
  readonly periodMs: number;
  /** Event-loop utilization, 0..1. */
  readonly elu: number;
  /** CPU time ÷ wall time; 1 = one core. */
  readonly cpu: number;
  /** Time spent runnable without a core ÷ wall time; null where the kernel does not tell. */
  readonly runDelay: number | null;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly loopDelayP99Ms: number;
  /** Requests started and not finished. */
  readonly inFlight: number;
  /** Open client connections, WebSockets among them. */
  readonly connections: number;
  readonly websockets: number;
  readonly totals: TelemetryTotals;
}

export interface TelemetryTotals {
  readonly connectionsAccepted: number;
  readonly connectionsClosed: number;
  readonly connectionsMovedIn: number;
  readonly connectionsMovedOut: number;
  readonly requestsStarted: number;
  readonly requestsCompleted: number;
  /** Completed with a 5xx status. */
  readonly requestErrors: number;
  /** Ended by the client, or cut, before the response was complete. */
  readonly requestsAborted: number;
  /** `[method, statusClass, routeClass, count]`, e.g. `['GET', '2xx', 'other', 12]`. */
  readonly requests: readonly (readonly [method: string, statusClass: string, routeClass: string, count: number])[];
  /** Counts per bucket of `LATENCY_BOUNDS_MS` (plus the overflow), from request start to response finished. */
  readonly latencyCounts: readonly number[];
  readonly latencySumMs: number;
  /** The same two of each route class; absent where none is configured. */
  readonly routes?: readonly (readonly [routeClass: string, latencyCounts: readonly number[], latencySumMs: number])[];
}

/** Every connection open when the drain began, or accepted since, is in exactly one of the last four. */
export interface DrainReceipt {
  readonly workerId: number;
  readonly slot: number;
  readonly pid: number;
  readonly reason: StopReason;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly openAtStart: number;
  readonly acceptedSince: number;
  /** Served to the end here and closed by the server in order. */
  readonly finished: number;
  /** Handed to another worker, unseen by the client. */
  readonly moved: number;
  readonly closedByClient: number;
  /** Ended by the deadline, or by the death of the worker. */
  readonly cut: number;
  /** Requests that were in flight when the drain began. */
  readonly requestsInFlightAtStart: number;
  readonly websocketsClosed: number;
  /** How the process ended: an exit code, or a signal. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
}

/** Why a worker was told to leave. The same words stand in logs, metrics and the API. */
export type StopReason =
  | 'scale-down'
  | 'reload'
  | 'restart'
  | 'memory-limit'
  | 'hung'
  | 'canary-failed'
  | 'start-timeout'
  | 'shutdown';

export interface WorkerStatus {
  /** Unique in the life of the runtime, ascending. */
  readonly id: number;
  /** 0.. ; the replacement of a worker inherits it (NODE_APP_INSTANCE). */
  readonly slot: number;
  readonly pid: number | null;
  readonly phase: WorkerPhase;
  /** Counts reloads: workers of one generation run the same code. */
  readonly generation: number;
  readonly startedAtMs: number;
  readonly readyAtMs: number | null;
  /** How often this slot's process was replaced after it ended by itself. */
  readonly restarts: number;
  /** False for an app that does not listen (a job runner): supervised, not balanced. */
  readonly balanced: boolean;
  /** What it listens on, as the app asked: `127.0.0.1:3001`, `/run/app.sock`. */
  readonly listening: readonly string[];
  readonly sample: TelemetrySample | null;
  /** When the sample arrived (epoch ms). */
  readonly sampleAtMs: number | null;
  /** Claims by the balancer's policy, and whether its breaker has it ejected. */
  readonly claims: number;
  readonly ejected: boolean;
  /** What is being recorded of it; absent: nothing is. It stands still while a heap snapshot is written. */
  readonly recording?: RecordingKind;
}

export interface ReloadStatus {
  readonly generation: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number | null;
  readonly replaced: number;
  readonly total: number;
  readonly outcome: 'running' | 'done' | 'failed';
  /** A sentence: the canary's verdict, or why it failed. */
  readonly detail: string;
}

export interface CrashLoopStatus {
  readonly frozen: boolean;
  readonly failedStarts: number;
  /** While frozen the scaler may not grow above this. */
  readonly lastHealthyCount: number;
  readonly lastFailure: string | null;
}

export interface ClusterStatus {
  readonly name: string;
  readonly script: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly generation: number;
  readonly desired: number;
  readonly ready: number;
  readonly stopping: boolean;
  readonly addresses: readonly string[];
  readonly workers: readonly WorkerStatus[];
  readonly receipts: readonly DrainReceipt[];
  readonly reload: ReloadStatus | null;
  readonly crashLoop: CrashLoopStatus;
}

/** One line of a worker's output, or of the runtime's own log. */
export interface LogLine {
  readonly atMs: number;
  /** `tidegate`, or `w<id>`. */
  readonly source: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

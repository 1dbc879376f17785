import { LATENCY_BUCKET_COUNT } from '../../../ipc/latency-buckets.ts';
import type { WorkerFigures } from '../../autoscale/observation.ts';
import type { ServiceProfile } from '../load/profile.ts';
import { TaskQueue } from './task-queue.ts';

export type Phase = 'starting' | 'ready' | 'draining' | 'gone';

/** Totals since the worker started, as its agent counts them. */
export interface WorkerTotals {
  started: number;
  completed: number;
  errors: number;
  readonly latencyCounts: Float64Array;
}

export function noTotals(): WorkerTotals {
  return { started: 0, completed: 0, errors: 0, latencyCounts: new Float64Array(LATENCY_BUCKET_COUNT) };
}

/** One simulated process with one event loop. Times called `V` are of the cores' clock, which slows when loops share cores. */
export class SimWorker {
  readonly id: number;
  readonly bornMs: number;
  phase: Phase = 'starting';
  /** When it will be ready, or was. */
  readyAtMs: number;
  /** Its start will fail then. */
  failsAtMs = Number.POSITIVE_INFINITY;
  /** It is replaced by another that is on its way. */
  retiring = false;
  readonly queue = new TaskQueue();
  /** Event-loop time of what is queued. */
  queuedMs = 0;
  /** The request it works on, doubled, plus one in its second half; −1: idle. */
  task = -1;
  doneV = Number.POSITIVE_INFINITY;
  connections = 0;
  inFlight = 0;
  rssBytes: number;
  readonly totals = noTotals();
  /** As of its latest report. */
  readonly reported = noTotals();
  figures: WorkerFigures | null = null;
  reportedAtMs: number | null = null;
  readonly #coreShare: number;
  #segmentMs = 0;
  #segmentV = 0;
  #busyMs = 0;
  #cpuMs = 0;
  #longestDelayMs = 0;
  #sampledMs: number;

  constructor(id: number, bornMs: number, readyAtMs: number, profile: Pick<ServiceProfile, 'rssBytes' | 'coreShare'>) {
    this.id = id;
    this.bornMs = bornMs;
    this.readyAtMs = readyAtMs;
    this.rssBytes = profile.rssBytes;
    this.#coreShare = profile.coreShare;
    this.#sampledMs = readyAtMs;
  }

  begin(task: number, demandMs: number, nowMs: number, nowV: number): void {
    this.task = task;
    this.doneV = nowV + demandMs;
    this.#segmentMs = nowMs;
    this.#segmentV = nowV;
  }

  end(nowMs: number, nowV: number): void {
    this.#account(nowMs, nowV);
    this.task = -1;
    this.doneV = Number.POSITIVE_INFINITY;
  }

  /** What a timer set now would wait, at most; the agent's delay histogram sees the like. */
  noteDelay(nowV: number, coreShare: number): void {
    const leftMs = this.queuedMs + (this.task === -1 ? 0 : this.doneV - nowV);
    if (leftMs / coreShare > this.#longestDelayMs) this.#longestDelayMs = leftMs / coreShare;
  }

  /** The agent's report, about once a second: figures since the previous one. */
  sample(nowMs: number, nowV: number): void {
    if (this.task !== -1) this.#account(nowMs, nowV);
    const periodMs = Math.max(1, nowMs - this.#sampledMs);
    const ratio = (ms: number): number => Number(Math.min(1, Math.max(0, ms / periodMs)).toFixed(4));
    this.figures = {
      elu: ratio(this.#busyMs),
      cpu: ratio(this.#cpuMs * this.#coreShare),
      runDelay: ratio(this.#busyMs - this.#cpuMs),
      rssBytes: Math.round(this.rssBytes),
      heapUsedBytes: Math.round(this.rssBytes * 0.5),
      loopDelayP99Ms: Number(this.#longestDelayMs.toFixed(2)),
      inFlight: this.inFlight,
    };
    this.reportedAtMs = nowMs;
    this.reported.started = this.totals.started;
    this.reported.completed = this.totals.completed;
    this.reported.errors = this.totals.errors;
    this.reported.latencyCounts.set(this.totals.latencyCounts);
    this.#sampledMs = nowMs;
    this.#busyMs = 0;
    this.#cpuMs = 0;
    this.#longestDelayMs = 0;
  }

  #account(nowMs: number, nowV: number): void {
    const sinceMs = Math.max(this.#segmentMs, this.#sampledMs);
    this.#busyMs += nowMs - sinceMs;
    this.#cpuMs += nowV - this.#segmentV;
    this.#segmentMs = nowMs;
    this.#segmentV = nowV;
  }
}

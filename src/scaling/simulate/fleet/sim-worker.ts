import { isEarlyReportDue, looked, NEW_WATCH } from '../../../ipc/early-report.ts';
import { LATENCY_BUCKET_COUNT } from '../../../ipc/latency-buckets.ts';
import type { WorkerFigures } from '../../autoscale/observation.ts';
import type { ServiceProfile } from '../load/profile.ts';
import { TaskQueue } from './task-queue.ts';

export type Phase = 'starting' | 'ready' | 'draining' | 'gone';

/** What it had done at a moment. */
interface Mark {
  readonly atMs: number;
  readonly busyMs: number;
  readonly cpuMs: number;
}

interface Report {
  readonly atMs: number;
  readonly figures: WorkerFigures;
  /** Of one before its time: for how long the loop had been saturated. */
  readonly saturatedMs?: number;
}

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
  /** Its latest of each second; null: none yet. */
  report: Report | null = null;
  /** Its latest before its time. */
  #early: Report | null = null;
  readonly #coreShare: number;
  #segmentMs = 0;
  #segmentV = 0;
  /** All it ever did. */
  #busyMs = 0;
  #cpuMs = 0;
  #longestDelayMs = 0;
  /** At the report of each second, at the latest look, and at the latest look that found it with time left. */
  #sampled: Mark;
  #looked: Mark;
  #calm: Mark;
  #watch = NEW_WATCH;

  constructor(id: number, bornMs: number, readyAtMs: number, profile: Pick<ServiceProfile, 'rssBytes' | 'coreShare'>) {
    this.id = id;
    this.bornMs = bornMs;
    this.readyAtMs = readyAtMs;
    this.rssBytes = profile.rssBytes;
    this.#coreShare = profile.coreShare;
    this.#sampled = { atMs: readyAtMs, busyMs: 0, cpuMs: 0 };
    this.#looked = this.#sampled;
    this.#calm = this.#sampled;
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

  /**
   * The agent's look at its loop, ten times a second.
   * @returns true: it reported before its time
   */
  look(nowMs: number, nowV: number): boolean {
    if (this.task !== -1) this.#account(nowMs, nowV);
    const before = this.#looked;
    if (nowMs <= before.atMs) return false;
    this.#looked = { atMs: nowMs, busyMs: this.#busyMs, cpuMs: this.#cpuMs };
    this.#watch = looked(this.#watch, (this.#busyMs - before.busyMs) / (nowMs - before.atMs), before.atMs);
    if (this.#watch.saturatedSinceMs === null) this.#calm = this.#looked;
    if (!isEarlyReportDue(this.#watch, nowMs)) return false;
    this.#watch = { ...this.#watch, toldAtMs: nowMs };
    const saturatedMs = nowMs - this.#calm.atMs;
    // No timer can have been late for longer than that.
    const figures = this.#figures(nowMs, this.#calm, Math.min(saturatedMs, this.#longestDelayMs));
    this.#early = { atMs: nowMs, figures, saturatedMs };
    return true;
  }

  /** The agent's report, about once a second: figures since the previous one. */
  sample(nowMs: number, nowV: number): void {
    if (this.task !== -1) this.#account(nowMs, nowV);
    this.report = { atMs: nowMs, figures: this.#figures(nowMs, this.#sampled, this.#longestDelayMs) };
    this.reported.started = this.totals.started;
    this.reported.completed = this.totals.completed;
    this.reported.errors = this.totals.errors;
    this.reported.latencyCounts.set(this.totals.latencyCounts);
    this.#sampled = { atMs: nowMs, busyMs: this.#busyMs, cpuMs: this.#cpuMs };
    this.#longestDelayMs = 0;
  }

  /** @param early true: the latest of all reports; else that of the second */
  told(early: boolean): Report | null {
    const { report } = this;
    return early && this.#early !== null && this.#early.atMs > (report?.atMs ?? 0) ? this.#early : report;
  }

  #figures(nowMs: number, since: Mark, loopDelayMs: number): WorkerFigures {
    const periodMs = Math.max(1, nowMs - since.atMs);
    const ratio = (ms: number): number => Number(Math.min(1, Math.max(0, ms / periodMs)).toFixed(4));
    const [busyMs, cpuMs] = [this.#busyMs - since.busyMs, this.#cpuMs - since.cpuMs];
    return {
      elu: ratio(busyMs),
      cpu: ratio(cpuMs * this.#coreShare),
      runDelay: ratio(busyMs - cpuMs),
      rssBytes: Math.round(this.rssBytes),
      heapUsedBytes: Math.round(this.rssBytes * 0.5),
      loopDelayP99Ms: Number(loopDelayMs.toFixed(2)),
      inFlight: this.inFlight,
    };
  }

  #account(nowMs: number, nowV: number): void {
    this.#busyMs += nowMs - this.#segmentMs;
    this.#cpuMs += nowV - this.#segmentV;
    this.#segmentMs = nowMs;
    this.#segmentV = nowV;
  }
}

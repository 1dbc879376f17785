/** One look at all workers and the machine per round: what the auto-scaler decides on, and what metrics and health show. */

import { LATENCY_BOUNDS_MS } from '../ipc/latency-buckets.ts';
import type { ClusterStatus, TelemetrySample, WorkerStatus } from '../ipc/status.ts';
import type { Observation, TrafficObservation, WorkerObservation } from './autoscale/observation.ts';
import { EarlyReports } from './early-reports.ts';
import { AcceptQueue } from './machine/accept-queue.ts';
import type { ProcessFigures, ProcessUsage } from './machine/process-usage.ts';
import type { Machine, MachineFigures } from './machine.ts';
import { DrainLedger } from './metrics/drain-ledger.ts';
import { type PerformanceReport, performanceReport } from './metrics/performance.ts';
import { RestartLedger } from './metrics/restart-ledger.ts';
import { TotalsLedger } from './metrics/totals-ledger.ts';
import { type TrafficTotals, trafficSince } from './metrics/traffic-totals.ts';
import { TrafficWindows } from './metrics/traffic-windows.ts';

/** Where the figures of the workers come from: the cluster manager. */
export interface WorkerProbe {
  status(): ClusterStatus;
}

export interface MetricsCollectorOptions {
  readonly probe: WorkerProbe;
  readonly machine: Pick<Machine, 'read'>;
  readonly processes: Pick<ProcessUsage, 'refresh' | 'latest'>;
  /** Connections that no worker has taken; tests pass their own. */
  readonly acceptQueue?: Pick<AcceptQueue, 'waiting'>;
  /** Connections and requests that are in, and that no worker has seen. */
  readonly waitingWork?: () => number;
  /** Gauges of the app's own, by name, for rules. */
  readonly custom?: () => Readonly<Record<string, number>>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** An agent reports about once a second; after three missed reports it counts as silent. */
export const SILENT_AFTER_MS = 3_000;

/** A worker whose event loop has this part of its time free takes new connections at once. */
const BEHIND_ELU = 0.5;

/** What of a worker's status an observation is made from. */
type ObservedWorker = Pick<WorkerStatus, 'id' | 'pid' | 'startedAtMs' | 'readyAtMs' | 'sampleAtMs'> & {
  readonly phase: WorkerObservation['phase'];
  readonly sample: Omit<TelemetrySample, 'totals'> | null;
};

export class MetricsCollector {
  readonly totals = new TotalsLedger();
  readonly restarts = new RestartLedger();
  readonly drains = new DrainLedger();
  readonly #probe: WorkerProbe;
  readonly #machine: Pick<Machine, 'read'>;
  readonly #processes: Pick<ProcessUsage, 'refresh' | 'latest'>;
  readonly #acceptQueue: Pick<AcceptQueue, 'waiting'>;
  readonly #waitingWork: () => number;
  readonly #custom: () => Readonly<Record<string, number>>;
  readonly #now: () => number;
  readonly #windows: TrafficWindows;
  readonly #early = new EarlyReports();
  #machineFigures: MachineFigures | null = null;
  #previous: { readonly atMs: number; readonly traffic: TrafficTotals };

  constructor({
    probe,
    machine,
    processes,
    acceptQueue = new AcceptQueue(),
    waitingWork = () => 0,
    custom = () => ({}),
    now = Date.now,
  }: MetricsCollectorOptions) {
    this.#waitingWork = waitingWork;
    this.#custom = custom;
    this.#acceptQueue = acceptQueue;
    this.#probe = probe;
    this.#machine = machine;
    this.#processes = processes;
    this.#now = now;
    const nowMs = now();
    this.#windows = new TrafficWindows(nowMs);
    this.#previous = { atMs: nowMs, traffic: this.totals.traffic };
  }

  /** What the machine was like at the latest round; null before the first. */
  get machine(): MachineFigures | null {
    return this.#machineFigures;
  }

  /** A worker is saturated, and has said so before its second was over. Returns whether that is worth a round before its time. */
  onSaturated(workerId: number, figures: Omit<TelemetrySample, 'totals'>): boolean {
    const nowMs = this.#now();
    this.#early.note(workerId, figures, nowMs);
    return this.#early.isRoundDue(this.#probe.status().workers, nowMs);
  }

  /**
   * A look before its time, at what saturated workers have said. It begins no interval and ends none: the regular round sees
   * all of its own.
   */
  peek(nowMs: number): Observation {
    const status = this.refresh();
    const observed = status.workers.filter(isObserved);
    this.#machineFigures ??= this.#machine.read();
    const saturatedMs = this.#early.saturatedMs(observed);
    const workers = observed.map((worker) => {
      const told = this.#early.of(worker);
      return told === undefined ? worker : { ...worker, sample: told.figures, sampleAtMs: told.atMs };
    });
    return {
      ...this.#observation(status, workers, this.#machineFigures, this.#traffic(observed, nowMs), nowMs),
      saturatedMs,
    };
  }

  /**
   * One round. Asks no worker and waits for none: agents push their samples, and the age of each is part of the answer.
   * @param nowMs epoch milliseconds
   */
  async collect(nowMs: number): Promise<Observation> {
    const status = this.refresh();
    const machine = this.#machine.read();
    this.#machineFigures = machine;
    this.#windows.note(nowMs, status, this.totals.traffic);
    const observed = status.workers.filter(isObserved);
    // In the background: where it forks, a round must not wait for it.
    void this.#processes.refresh(silentPids(observed, nowMs), nowMs);
    return this.#observation(status, observed, machine, this.#trafficSincePreviousRound(observed, nowMs), nowMs);
  }

  #observation(
    status: ClusterStatus,
    observed: readonly ObservedWorker[],
    machine: MachineFigures,
    traffic: TrafficObservation | null,
    nowMs: number,
  ): Observation {
    const { crashLoop, reload } = status;
    const waitingWork = this.#waitingWork();
    const queued = observed.some((worker) => mayBeBehind(worker, nowMs))
      ? this.#acceptQueue.waiting(status.addresses)
      : 0;
    return {
      atMs: nowMs,
      desired: status.desired,
      workers: observed.map((worker) => observe(worker, nowMs)),
      machine: {
        cores: machine.cores,
        cpuUtilization: machine.cpuUtilization,
        totalMemoryBytes: machine.totalMemoryBytes,
        availableMemoryBytes: machine.availableMemoryBytes,
      },
      ...(queued === null && waitingWork === 0 ? {} : { queued: (queued ?? 0) + waitingWork }),
      traffic,
      crashLoop: { frozen: crashLoop.frozen, lastHealthyCount: crashLoop.lastHealthyCount },
      reloading: reload?.outcome === 'running',
      // Leases have no source yet; null says so.
      capacityUtilization: null,
      bandwidthUtilization: null,
      custom: this.#custom(),
    };
  }

  /** Brings the counters up to date without making a round, as a scrape does; returns what it saw. */
  refresh(): ClusterStatus {
    const status = this.#probe.status();
    this.totals.fold(status);
    this.restarts.fold(status);
    this.drains.fold(status);
    return status;
  }

  /** The body of `GET /health/performance`: percentiles as of the latest round, the rest as of now. */
  performance(): PerformanceReport {
    const nowMs = this.#now();
    return performanceReport(
      {
        status: this.refresh(),
        windows: this.#windows,
        machine: this.#machineFigures,
        processFigures: (worker) => this.processFigures(worker, nowMs),
      },
      nowMs,
    );
  }

  /** The operating system's figures of a worker whose agent is silent; undefined while the agent speaks. */
  processFigures(worker: WorkerStatus, nowMs: number): ProcessFigures | undefined {
    if (worker.pid === null || !isSilent(worker, nowMs)) return undefined;
    return this.#processes.latest(worker.pid, nowMs);
  }

  /**
   * Null when no worker told anything of the time since the previous round; the next interval then covers that time too,
   * so that what a silent worker tells later does not look like a burst.
   */
  #trafficSincePreviousRound(observed: readonly ObservedWorker[], nowMs: number): TrafficObservation | null {
    const traffic = this.#traffic(observed, nowMs);
    if (traffic !== null) this.#previous = { atMs: nowMs, traffic: this.totals.traffic };
    return traffic;
  }

  #traffic(observed: readonly ObservedWorker[], nowMs: number): TrafficObservation | null {
    const previous = this.#previous;
    const told = observed.some((worker) => worker.sample !== null && !isSilent(worker, nowMs));
    if (!told || nowMs <= previous.atMs) return null;
    const since = trafficSince(previous.traffic, this.totals.traffic);
    return {
      intervalMs: nowMs - previous.atMs,
      started: since.started,
      completed: since.completed,
      errors: since.errors,
      latencyBoundsMs: LATENCY_BOUNDS_MS,
      latencyCounts: since.latencyCounts,
    };
  }
}

/** The kernel's tables are searched for it, which takes milliseconds: not where every worker has time to accept. */
function mayBeBehind(worker: ObservedWorker, nowMs: number): boolean {
  return isSilent(worker, nowMs) || (worker.sample !== null && worker.sample.elu >= BEHIND_ELU);
}

function isObserved(worker: WorkerStatus): worker is WorkerStatus & { readonly phase: WorkerObservation['phase'] } {
  return worker.phase === 'starting' || worker.phase === 'ready' || worker.phase === 'draining';
}

function isSilent(
  { sampleAtMs, startedAtMs }: Pick<WorkerStatus, 'sampleAtMs' | 'startedAtMs'>,
  nowMs: number,
): boolean {
  return nowMs - (sampleAtMs ?? startedAtMs) > SILENT_AFTER_MS;
}

function silentPids(workers: readonly ObservedWorker[], nowMs: number): number[] {
  return workers
    .filter((worker) => isSilent(worker, nowMs))
    .map(({ pid }) => pid)
    .filter((pid) => pid !== null);
}

function observe(
  { id, phase, startedAtMs, readyAtMs, sample, sampleAtMs }: ObservedWorker,
  nowMs: number,
): WorkerObservation {
  const sampleAgeMs = sampleAtMs === null ? null : Math.max(0, nowMs - sampleAtMs);
  if (sample === null) return { id, phase, startedAtMs, readyAtMs, sampleAgeMs, figures: null };
  const { elu, cpu, runDelay, rssBytes, heapUsedBytes, loopDelayP99Ms, inFlight } = sample;
  const figures = { elu, cpu, runDelay, rssBytes, heapUsedBytes, loopDelayP99Ms, inFlight };
  return { id, phase, startedAtMs, readyAtMs, sampleAgeMs, figures };
}

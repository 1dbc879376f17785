/** The body of `GET /health/performance`: how well it runs, per worker and merged. */
import type { ClusterStatus, WorkerStatus } from '../../ipc/status.ts';
import type { ProcessFigures } from '../machine/process-usage.ts';
import type { MachineFigures } from '../machine.ts';
import { countOf, percentileMs } from './histogram.ts';
import type { TrafficWindow } from './traffic-window.ts';
import { PERCENTILE_WINDOW_MS, RATE_WINDOW_MS, type TrafficWindows } from './traffic-windows.ts';

export interface LatencyReport {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface TrafficReport {
  /** The time the figures cover: a minute, less after a start. */
  readonly windowMs: number;
  readonly requestsPerSecond: number;
  /** Over the last 10 s. */
  readonly requestsPerSecondNow: number;
  /** 5xx ÷ completed; null without a completed request. */
  readonly errorRate: number | null;
  readonly latency: LatencyReport;
}

export interface WorkerPerformance {
  readonly id: number;
  readonly slot: number;
  readonly pid: number | null;
  readonly phase: WorkerStatus['phase'];
  /** Who told CPU and memory: the worker's agent, or the operating system while the agent is silent. */
  readonly source: 'agent' | 'process' | null;
  readonly sampleAgeMs: number | null;
  readonly elu: number | null;
  readonly cpu: number | null;
  readonly runDelay: number | null;
  readonly rssBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly loopDelayP99Ms: number | null;
  readonly inFlight: number | null;
  readonly connections: number | null;
  readonly websockets: number | null;
  readonly traffic: TrafficReport | null;
}

export interface MergedPerformance {
  readonly traffic: TrafficReport;
  /** The busiest event loop, and the mean of all. */
  readonly eluMax: number | null;
  readonly eluMean: number | null;
  /** Sum over the workers; 1 = one core. */
  readonly cpu: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly loopDelayP99MsMax: number | null;
  readonly inFlight: number;
  readonly connections: number;
  readonly websockets: number;
}

export interface PerformanceReport {
  readonly atMs: number;
  readonly merged: MergedPerformance;
  readonly workers: readonly WorkerPerformance[];
  /** Null until the first round. */
  readonly machine: MachineFigures | null;
}

export interface PerformanceInput {
  readonly status: ClusterStatus;
  readonly windows: TrafficWindows;
  readonly machine: MachineFigures | null;
  /** Figures of a worker whose agent is silent. */
  readonly processFigures: (worker: WorkerStatus) => ProcessFigures | undefined;
}

/** Puts the report together; reads no clock and asks nobody. */
export function performanceReport(
  { status, windows, machine, processFigures }: PerformanceInput,
  nowMs: number,
): PerformanceReport {
  const living = status.workers.filter(({ phase }) => phase !== 'stopped');
  const workers = living.map((worker) =>
    workerPerformance(worker, processFigures(worker), windows.worker(worker.id), nowMs),
  );
  return { atMs: nowMs, merged: merge(workers, windows.cluster), workers, machine };
}

function workerPerformance(
  { id, slot, pid, phase, sample, sampleAtMs }: WorkerStatus,
  process: ProcessFigures | undefined,
  window: TrafficWindow | undefined,
  nowMs: number,
): WorkerPerformance {
  return {
    id,
    slot,
    pid,
    phase,
    source: process !== undefined ? 'process' : sample !== null ? 'agent' : null,
    sampleAgeMs: sampleAtMs === null ? null : Math.max(0, nowMs - sampleAtMs),
    elu: sample?.elu ?? null,
    cpu: process?.cpu ?? sample?.cpu ?? null,
    runDelay: sample?.runDelay ?? null,
    rssBytes: process?.rssBytes ?? sample?.rssBytes ?? null,
    heapUsedBytes: sample?.heapUsedBytes ?? null,
    loopDelayP99Ms: sample?.loopDelayP99Ms ?? null,
    inFlight: sample?.inFlight ?? null,
    connections: sample?.connections ?? null,
    websockets: sample?.websockets ?? null,
    traffic: window === undefined ? null : trafficReport(window),
  };
}

function merge(workers: readonly WorkerPerformance[], cluster: TrafficWindow): MergedPerformance {
  const elus = known(workers, 'elu');
  const loopDelays = known(workers, 'loopDelayP99Ms');
  return {
    traffic: trafficReport(cluster),
    eluMax: elus.length === 0 ? null : Math.max(...elus),
    eluMean: elus.length === 0 ? null : sum(elus) / elus.length,
    cpu: sum(known(workers, 'cpu')),
    rssBytes: sum(known(workers, 'rssBytes')),
    heapUsedBytes: sum(known(workers, 'heapUsedBytes')),
    loopDelayP99MsMax: loopDelays.length === 0 ? null : Math.max(...loopDelays),
    inFlight: sum(known(workers, 'inFlight')),
    connections: sum(known(workers, 'connections')),
    websockets: sum(known(workers, 'websockets')),
  };
}

/** Requests and latencies of a window, as `/health/performance` shows them. */
function trafficReport(window: TrafficWindow): TrafficReport {
  const minute = window.since(PERCENTILE_WINDOW_MS);
  const { traffic } = minute;
  return {
    windowMs: minute.windowMs,
    requestsPerSecond: perSecond(traffic.completed, minute.windowMs),
    requestsPerSecondNow: ratePerSecond(window),
    errorRate: traffic.completed === 0 ? null : traffic.errors / traffic.completed,
    latency: latencyReport(traffic.latencyCounts, traffic.latencySumMs),
  };
}

function latencyReport(counts: readonly number[], sumMs: number): LatencyReport {
  const count = countOf(counts);
  return {
    count,
    meanMs: count === 0 ? null : toMicroseconds(sumMs / count),
    p50Ms: toMicroseconds(percentileMs(counts, 0.5)),
    p90Ms: toMicroseconds(percentileMs(counts, 0.9)),
    p95Ms: toMicroseconds(percentileMs(counts, 0.95)),
    p99Ms: toMicroseconds(percentileMs(counts, 0.99)),
  };
}

/** More digits would only look exact: a bucket is a quarter of its value wide. */
function toMicroseconds(valueMs: number | null): number | null {
  return valueMs === null ? null : Math.round(valueMs * 1000) / 1000;
}

function ratePerSecond(window: TrafficWindow): number {
  const recent = window.since(RATE_WINDOW_MS);
  return perSecond(recent.traffic.completed, recent.windowMs);
}

function perSecond(count: number, intervalMs: number): number {
  return intervalMs <= 0 ? 0 : (count * 1000) / intervalMs;
}

function known<K extends keyof WorkerPerformance>(workers: readonly WorkerPerformance[], figure: K): number[] {
  return workers
    .map((worker) => worker[figure])
    .filter((value): value is WorkerPerformance[K] & number => typeof value === 'number');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

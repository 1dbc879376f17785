import type { Observation, TrafficObservation, WorkerFigures, WorkerObservation } from './observation.ts';
import type { ScalingPolicy } from './policy.ts';

/** One observation, condensed to what rules and guards ask for. Sums are over the `fresh` workers. */
export interface Sample {
  readonly atMs: number;
  /** Of one before its time: for how long its saturated loops have been so. Such a sample is looked at once and not kept. */
  readonly saturatedMs?: number;
  /** Workers in phase ready. Those warming up are neither fresh nor stale. */
  readonly ready: number;
  readonly warming: number;
  readonly fresh: number;
  readonly stale: number;
  readonly staleIds: readonly number[];
  readonly cpuSum: number;
  readonly eluSum: number;
  readonly inFlightSum: number;
  readonly loopDelayP99SumMs: number;
  readonly runDelaySum: number;
  /** Σ (elu − run delay): event loops that were at work. */
  readonly busySum: number;
  /** The same of workers that are warming up, each at most as busy as the fresh ones are: they still load and compile. */
  readonly warmingBusySum: number;
  /** Fresh workers whose loops had no time left. */
  readonly saturated: number;
  /** Of the workers with such loops, those that are warming up included in the same way. */
  readonly saturatedLoopDelaySumMs: number;
  readonly saturatedInFlightSum: number;
  /** Fresh workers whose run delay the kernel tells. */
  readonly runDelayCount: number;
  /** Requests that no worker has taken yet; null: nobody counts them. */
  readonly queued: number | null;
  /** 0..1; null: unknown. */
  readonly machineCpu: number | null;
  readonly memoryUsed: number | null;
  readonly traffic: TrafficObservation | null;
  readonly capacityUtilization: number | null;
  readonly bandwidthUtilization: number | null;
  readonly custom: Readonly<Record<string, number>>;
}

/** The longest window of any guard. */
export const GUARD_WINDOW_MS = 10_000;

/** 300 s, the longest window a rule may have, at the shortest interval of 100 ms is 3,000. */
const MAX_SAMPLES = 4_096;

/** A loop this busy has no time left to speak of. */
const SATURATED_ELU = 0.9;

/** Condenses an observation. Figures that are no numbers count as missing. */
export function sampleOf(observation: Observation, policy: Pick<ScalingPolicy, 'staleAfterMs' | 'warmUpMs'>): Sample {
  const ready = observation.workers.filter((worker) => worker.phase === 'ready');
  const isWarm = ({ readyAtMs }: WorkerObservation): boolean =>
    readyAtMs === null || observation.atMs - readyAtMs >= policy.warmUpMs;
  const warm = ready.filter(isWarm);
  const stale = warm.filter((worker) => freshFigures(worker, policy.staleAfterMs) === null);
  const figures = warm.flatMap((worker) => freshFigures(worker, policy.staleAfterMs) ?? []);
  const warming = ready
    .filter((worker) => !isWarm(worker))
    .flatMap((worker) => freshFigures(worker, policy.staleAfterMs) ?? []);
  const runDelays = figures.flatMap(({ runDelay }) => (runDelay === null ? [] : [runDelay]));
  return {
    atMs: observation.atMs,
    ...(observation.saturatedMs !== undefined && { saturatedMs: observation.saturatedMs }),
    ready: ready.length,
    warming: ready.length - warm.length,
    fresh: figures.length,
    stale: stale.length,
    staleIds: stale.map((worker) => worker.id),
    cpuSum: sum(figures.map(({ cpu }) => cpu)),
    eluSum: sum(figures.map(({ elu }) => elu)),
    inFlightSum: sum(figures.map(({ inFlight }) => inFlight)),
    loopDelayP99SumMs: sum(figures.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    runDelaySum: sum(runDelays),
    busySum: sum(figures.map(busyOf)),
    warmingBusySum: sumOfWarming(warming, figures, busyOf),
    saturated: figures.filter(isSaturated).length,
    saturatedLoopDelaySumMs: sum(figures.map(lateOf)) + sumOfWarming(warming, figures, lateOf),
    saturatedInFlightSum: sum(figures.map(queuedIn)) + sumOfWarming(warming, figures, queuedIn),
    runDelayCount: runDelays.length,
    queued: queuedOf(observation),
    machineCpu: finite(observation.machine.cpuUtilization),
    memoryUsed: memoryUsed(observation),
    traffic: wholeTraffic(observation.traffic),
    capacityUtilization: observation.capacityUtilization,
    bandwidthUtilization: observation.bandwidthUtilization,
    custom: observation.custom,
  };
}

/** Adds the newest sample and drops what no window reaches any more. */
export function extendSeries(
  series: readonly Sample[],
  sample: Sample,
  policy: Pick<ScalingPolicy, 'rules'>,
): readonly Sample[] {
  const reachMs = Math.max(GUARD_WINDOW_MS, ...policy.rules.map((rule) => rule.windowMs));
  const kept = series.filter(({ atMs }) => atMs > sample.atMs - reachMs);
  return [...kept, sample].slice(-MAX_SAMPLES);
}

/** The figures of a worker; null: it told none lately, or none that can be used. */
export function freshFigures(worker: WorkerObservation, staleAfterMs: number): WorkerFigures | null {
  const { figures, sampleAgeMs } = worker;
  if (figures === null || sampleAgeMs === null || sampleAgeMs > staleAfterMs) return null;
  const needed = [figures.cpu, figures.elu, figures.inFlight, figures.loopDelayP99Ms, figures.runDelay ?? 0];
  return needed.every((figure) => Number.isFinite(figure) && figure >= 0) ? figures : null;
}

function busyOf({ elu, runDelay }: WorkerFigures): number {
  return Math.max(0, elu - (runDelay ?? 0));
}

function isSaturated({ elu }: WorkerFigures): boolean {
  return elu >= SATURATED_ELU;
}

function lateOf(figures: WorkerFigures): number {
  return isSaturated(figures) ? figures.loopDelayP99Ms : 0;
}

function queuedIn(figures: WorkerFigures): number {
  return isSaturated(figures) ? figures.inFlight : 0;
}

/** Of workers that are warming up; each counts for no more than a fresh one does on average. */
function sumOfWarming(
  warming: readonly WorkerFigures[],
  fresh: readonly WorkerFigures[],
  of: (figures: WorkerFigures) => number,
): number {
  if (fresh.length === 0) return 0;
  const most = sum(fresh.map(of)) / fresh.length;
  return sum(warming.map((figures) => Math.min(most, of(figures))));
}

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

function queuedOf({ queued }: Observation): number | null {
  const told = finite(queued);
  return told === null ? null : Math.max(0, told);
}

function wholeTraffic(traffic: TrafficObservation | null): TrafficObservation | null {
  if (traffic === null) return null;
  const { intervalMs, started, completed, errors, latencyCounts } = traffic;
  if (![intervalMs, started, completed, errors].every(Number.isFinite)) return null;
  return completed === 0 || latencyCounts.every(Number.isFinite) ? traffic : null;
}

function memoryUsed({ machine }: Observation): number | null {
  if (machine.availableMemoryBytes === null || machine.totalMemoryBytes <= 0) return null;
  return 1 - machine.availableMemoryBytes / machine.totalMemoryBytes;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

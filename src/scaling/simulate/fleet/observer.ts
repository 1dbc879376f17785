import { isEarlyRoundDue } from '../../../ipc/early-report.ts';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT } from '../../../ipc/latency-buckets.ts';
import type { Observation, TrafficObservation, WorkerObservation } from '../../autoscale/observation.ts';
import { type Random, seededRandom, seedOf } from '../load/random.ts';
import type { Workload } from '../load/workload.ts';
import { isWithin, type Lifecycle } from './lifecycle.ts';
import { noTotals, type SimWorker, type WorkerTotals } from './sim-worker.ts';

/** Runs begin at 2026-01-01T00:00:00Z: records look like those of a real machine. */
export const EPOCH_MS = 1_767_225_600_000;

const SILENT_AFTER_MS = 3_000;
const MACHINE_BYTES = 16_000_000_000;
/** What everything else on the machine has taken. */
const OTHERS_SHARE = 0.1;

/** Turns the simulated fleet into what the live collector would report of it. */
export class Observer {
  readonly #workload: Workload;
  readonly #lifecycle: Lifecycle;
  readonly #cores: number;
  readonly #random: Random;
  /** Counts of workers that are gone, as they last reported them. */
  readonly #retired = noTotals();
  readonly #known = new Set<SimWorker>();
  #previous = noTotals();
  #previousMs = 0;
  #previousTrafficMs = 0;
  #previousV = 0;
  #utilization = 0;
  #earlyRoundMs = 0;

  constructor(workload: Workload, lifecycle: Lifecycle, cores: number, seed: number) {
    this.#workload = workload;
    this.#cores = cores;
    this.#lifecycle = lifecycle;
    this.#random = seededRandom(seedOf('reports', workload.name, seed));
  }

  /** Each worker reports once a second, at a tenth of its own. */
  report(tick: number, nowMs: number, nowV: number): void {
    const { silent, lateReports = 0 } = this.#workload.disturbances;
    const mute = isWithin(silent, nowMs) ? (silent?.workers ?? 0) : 0;
    for (const [index, worker] of this.#lifecycle.workers.entries()) {
      if (worker.phase === 'starting' || (tick + worker.id * 3) % 10 !== 0 || index < mute) continue;
      if (lateReports > 0 && this.#random() < lateReports) continue;
      worker.sample(nowMs, nowV);
    }
  }

  /**
   * Each agent's look at its loop: those that are saturated report before their time.
   * @returns for how long they have been saturated, where that is worth a round of the scaler; else null
   */
  look(nowMs: number, nowV: number): number | null {
    const { silent } = this.#workload.disturbances;
    const mute = isWithin(silent, nowMs) ? (silent?.workers ?? 0) : 0;
    const ready = this.#lifecycle.workers.filter(({ phase }, index) => phase === 'ready' && index >= mute);
    const told = ready.filter((worker) => worker.look(nowMs, nowV));
    if (told.length === 0) return null;
    const elus = ready.flatMap((worker) => worker.told(true)?.figures.elu ?? []);
    if (!isEarlyRoundDue(elus, nowMs - this.#earlyRoundMs)) return null;
    this.#earlyRoundMs = nowMs;
    return Math.max(...ready.map((worker) => worker.told(true)?.saturatedMs ?? 0));
  }

  /**
   * @param usedV milliseconds of core that all workers together have used since the run began
   * @param saturatedMs what `look` returned, for a round before its time; null: a regular one
   */
  observe(nowMs: number, usedV: number, saturatedMs: number | null): Observation {
    const workers = this.#lifecycle.workers.filter(({ phase }) => phase !== 'gone');
    const isRegular = saturatedMs === null;
    if (isRegular) {
      const elapsedMs = Math.max(1, nowMs - this.#previousMs);
      this.#utilization = Math.min(1, (usedV - this.#previousV) / (elapsedMs * this.#cores));
      this.#previousV = usedV;
      this.#previousMs = nowMs;
    }
    const traffic = this.#traffic(workers, nowMs, isRegular);
    const totalMemoryBytes = this.#workload.disturbances.machine?.memoryBytes ?? MACHINE_BYTES;
    const used = workers.reduce((sum, { rssBytes }) => sum + rssBytes, totalMemoryBytes * OTHERS_SHARE);
    return {
      atMs: EPOCH_MS + nowMs,
      desired: this.#lifecycle.desired,
      workers: workers.map((worker) => observeWorker(worker, nowMs, !isRegular)),
      machine: {
        cores: this.#cores,
        cpuUtilization: Number(this.#utilization.toFixed(4)),
        totalMemoryBytes,
        availableMemoryBytes: Math.max(0, Math.round(totalMemoryBytes - used)),
      },
      traffic,
      crashLoop: this.#lifecycle.crashLoop(nowMs),
      reloading: false,
      capacityUtilization: null,
      bandwidthUtilization: null,
      custom: {},
      ...(saturatedMs !== null && { saturatedMs }),
    };
  }

  #traffic(workers: readonly SimWorker[], nowMs: number, isRegular: boolean): TrafficObservation | null {
    for (const worker of this.#known) {
      if (worker.phase !== 'gone') continue;
      add(this.#retired, worker.totals);
      this.#known.delete(worker);
    }
    for (const worker of workers) this.#known.add(worker);
    if (!workers.some(({ report }) => report !== null && nowMs - report.atMs <= SILENT_AFTER_MS)) return null;
    // As in the collector, an interval without figures is made up for by the next one.
    const intervalMs = nowMs - this.#previousTrafficMs;
    if (isRegular) this.#previousTrafficMs = nowMs;
    const totals = noTotals();
    add(totals, this.#retired);
    for (const worker of workers) add(totals, worker.reported);
    const previous = this.#previous;
    if (isRegular) this.#previous = totals;
    return {
      intervalMs,
      started: totals.started - previous.started,
      completed: totals.completed - previous.completed,
      errors: totals.errors - previous.errors,
      latencyBoundsMs: LATENCY_BOUNDS_MS,
      latencyCounts: Array.from(totals.latencyCounts, (count, bucket) => count - (previous.latencyCounts[bucket] ?? 0)),
    };
  }
}

function add(sum: WorkerTotals, part: WorkerTotals): void {
  sum.started += part.started;
  sum.completed += part.completed;
  sum.errors += part.errors;
  for (let bucket = 0; bucket < LATENCY_BUCKET_COUNT; bucket += 1) {
    sum.latencyCounts[bucket] = (sum.latencyCounts[bucket] as number) + (part.latencyCounts[bucket] as number);
  }
}

function observeWorker(worker: SimWorker, nowMs: number, early: boolean): WorkerObservation {
  const { id, phase } = worker;
  const told = worker.told(early);
  return {
    id,
    phase: phase === 'gone' ? 'draining' : phase,
    readyAtMs: phase === 'starting' ? null : EPOCH_MS + Math.round(worker.readyAtMs),
    sampleAgeMs: told === null ? null : Math.round(nowMs - told.atMs),
    figures: told?.figures ?? null,
  };
}

/** What the machine, or the part of it that this process was given, has and uses. */
import os from 'node:os';
import { join } from 'node:path';
import type { MachineObservation } from './autoscale/observation.ts';
import { Cgroup, type CpuQuota } from './machine/cgroup.ts';
import { allowedCpus, type CpuTimes, cpuTimesOf, kernelCpuTimes, utilizationBetween } from './machine/cpu-times.ts';
import { keyedNumber, readKernelFile } from './machine/proc-file.ts';

export interface MachineFigures extends MachineObservation {
  /** Runnable processes, averaged over 1, 5 and 15 minutes; null on Windows, which has no such figure. */
  readonly loadAverage: readonly [number, number, number] | null;
}

/** The part of `node:os` that is read; tests pass another machine's. */
export type SystemFigures = Pick<
  typeof os,
  'availableParallelism' | 'cpus' | 'freemem' | 'loadavg' | 'platform' | 'totalmem'
>;

export interface MachineOptions {
  /** The root directory; tests pass a directory of fixtures. */
  readonly root?: string;
  readonly system?: SystemFigures;
  /** Milliseconds, monotonic: quotas are given per wall time. */
  readonly nowMs?: () => number;
}

interface Reading {
  readonly times: CpuTimes;
  readonly quota: CpuQuota | null;
  readonly atMs: number;
}

/** The kernel counts CPU time in steps of 10 ms: a shorter interval says nothing. */
const SHORTEST_INTERVAL_MS = 50;

/** Reads the machine's figures; a read costs some 100 µs and forks nothing. */
export class Machine {
  readonly #root: string;
  readonly #system: SystemFigures;
  readonly #nowMs: () => number;
  readonly #cgroup: Cgroup;
  readonly #allowed: ReadonlySet<number> | undefined;
  #previous: Reading;
  #utilization: number | null = null;

  constructor({ root = '/', system = os, nowMs = () => performance.now() }: MachineOptions = {}) {
    this.#root = root;
    this.#system = system;
    this.#nowMs = nowMs;
    this.#cgroup = new Cgroup(root);
    this.#allowed = allowedCpus(root);
    this.#previous = this.#reading(this.#cgroup.cpuQuota());
  }

  /** All figures as of now; CPU utilization is that since the previous call. */
  read(): MachineFigures {
    const quota = this.#cgroup.cpuQuota();
    const processors = this.#allowed?.size ?? this.#system.availableParallelism();
    const loadAverage = this.#system.platform() === 'win32' ? null : this.#system.loadavg();
    return {
      cores: Math.min(processors, quota?.cores ?? processors),
      cpuUtilization: this.#utilizationSincePrevious(quota),
      ...this.#memory(),
      loadAverage: loadAverage as [number, number, number] | null,
    };
  }

  #reading(quota: CpuQuota | null): Reading {
    const times = kernelCpuTimes(this.#root, this.#allowed) ?? cpuTimesOf(this.#system.cpus());
    return { times, quota, atMs: this.#nowMs() };
  }

  /** The higher of the processors' utilization and that of the quota: either one leaves no room. */
  #utilizationSincePrevious(quota: CpuQuota | null): number | null {
    const before = this.#previous;
    if (this.#nowMs() - before.atMs < SHORTEST_INTERVAL_MS) return this.#utilization;
    const after = this.#reading(quota);
    this.#previous = after;
    const ofProcessors = utilizationBetween(before.times, after.times);
    const ofQuota = quotaUtilization(before, after);
    const known = [ofProcessors, ofQuota].filter((value) => value !== null);
    this.#utilization = known.length === 0 ? null : Math.max(...known);
    return this.#utilization;
  }

  #memory(): Pick<MachineFigures, 'totalMemoryBytes' | 'availableMemoryBytes'> {
    const limit = this.#cgroup.memoryLimit();
    const info = readKernelFile(join(this.#root, 'proc/meminfo')) ?? '';
    const totalKb = keyedNumber(info, 'MemTotal');
    const availableKb = keyedNumber(info, 'MemAvailable');
    const totalBytes = totalKb === undefined ? this.#system.totalmem() : totalKb * 1024;
    const availableBytes = availableKb === undefined ? this.#system.freemem() : availableKb * 1024;
    return {
      totalMemoryBytes: Math.min(totalBytes, limit?.limitBytes ?? totalBytes),
      availableMemoryBytes: Math.min(availableBytes, limit?.availableBytes ?? availableBytes),
    };
  }
}

function quotaUtilization(before: Reading, after: Reading): number | null {
  const usedBeforeMs = before.quota?.usedMs ?? null;
  const usedAfterMs = after.quota?.usedMs ?? null;
  if (usedBeforeMs === null || usedAfterMs === null || after.quota === null) return null;
  const allowedMs = (after.atMs - before.atMs) * after.quota.cores;
  return Math.min(1, Math.max(0, (usedAfterMs - usedBeforeMs) / allowedMs));
}

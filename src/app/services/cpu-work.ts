/** Work that keeps the processor busy, in the event loop on purpose: it stands for the app whose workers need scaling. */
import { createHash } from 'node:crypto';

export interface CpuWork {
  /** CPU time taken, at least what was asked for. */
  readonly cpuMs: number;
  /** Hashes computed in that time. */
  readonly rounds: number;
}

/** About 20 µs of SHA-256, which is how finely the work can be measured out. */
const BLOCK = Buffer.alloc(16_384, 'tidegate');

/**
 * Hashes until this process has used `ms` of CPU time. Counting CPU time, not wall time, makes the work the same on a busy
 * machine, where a job bounded by the clock would quietly do less.
 */
export function burnCpu(ms: number, cpuTimeMs: () => number = processCpuTimeMs): CpuWork {
  const startedMs = cpuTimeMs();
  let rounds = 0;
  let usedMs = 0;
  while (usedMs < ms) {
    createHash('sha256').update(BLOCK).digest();
    rounds += 1;
    usedMs = cpuTimeMs() - startedMs;
  }
  return { cpuMs: Math.round(usedMs * 100) / 100, rounds };
}

function processCpuTimeMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

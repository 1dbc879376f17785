/** How busy the processors were between two readings. */
import type { CpuInfo } from 'node:os';
import { join } from 'node:path';
import { readKernelFile } from './proc-file.ts';

/** Sums over processors, in a unit of the source's own. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** The processors this process may run on, or undefined where the kernel does not tell. */
export function allowedCpus(root: string): ReadonlySet<number> | undefined {
  const status = readKernelFile(join(root, 'proc/self/status')) ?? '';
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
  if (list === undefined) return undefined;
  const cpus = new Set<number>();
  for (const range of list.split(',')) {
    const [first, last = first] = range.split('-').map(Number);
    for (let cpu = first as number; cpu <= (last as number); cpu += 1) cpus.add(cpu);
  }
  return cpus;
}

/**
 * Times of the allowed processors from `/proc/stat` (proc(5): user nice system idle iowait irq softirq steal …, guest within user).
 * Stolen time counts as busy: it is as little available as time used. Undefined where there is no such file.
 */
export function kernelCpuTimes(root: string, allowed: ReadonlySet<number> | undefined): CpuTimes | undefined {
  const text = readKernelFile(join(root, 'proc/stat'));
  if (text === undefined) return undefined;
  let busy = 0;
  let total = 0;
  for (const line of text.split('\n')) {
    const match = /^cpu(\d+) (.*)$/.exec(line);
    if (match === null) {
      // The aggregate line stands first and the lines of the processors follow; what comes after can be long.
      if (line.startsWith('cpu ')) continue;
      break;
    }
    if (allowed !== undefined && !allowed.has(Number(match[1]))) continue;
    const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = (match[2] as string)
      .split(' ')
      .map(Number);
    busy += user + nice + system + irq + softIrq + steal;
    total += user + nice + system + irq + softIrq + steal + idle + ioWait;
  }
  return total === 0 ? undefined : { busy, total };
}

/** The same from `os.cpus()`, for systems without `/proc`. */
export function cpuTimesOf(cpus: readonly Pick<CpuInfo, 'times'>[]): CpuTimes {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus) {
    busy += times.user + times.nice + times.sys + times.irq;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { busy, total };
}

/** Share of busy time between two readings, 0..1; null when the clock stood still. */
export function utilizationBetween(before: CpuTimes, after: CpuTimes): number | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  return Math.min(1, Math.max(0, (after.busy - before.busy) / total));
}

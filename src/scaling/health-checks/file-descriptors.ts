import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProbeSpec } from '../health/probe-state.ts';
import type { CheckTimes, HealthCheck } from './check.ts';

const SPEC: ProbeSpec = {
  name: 'file-descriptors',
  unit: 'ratio',
  worseWhen: 'above',
  warning: { set: 0.8, clear: 0.7, rise: 2 },
  critical: { set: 0.95, clear: 0.9, rise: 2 },
  fall: 2,
  unknownAfter: 3,
};

export interface FileDescriptorOptions extends CheckTimes {
  /** Of the primary and of the workers. */
  readonly pids: () => readonly number[];
  /** Tests pass a directory of fixtures. */
  readonly proc?: string;
}

interface Usage {
  readonly pid: number;
  readonly open: number;
  readonly limit: number;
}

/** Does a process run out of file descriptors? At its limit it accepts no connection and opens no file. The worst counts. */
export function fileDescriptorCheck({ pids, proc = '/proc', ...times }: FileDescriptorOptions): HealthCheck {
  return {
    ...times,
    spec: SPEC,
    isDependency: false,
    measure: async () => {
      const usages = await Promise.all(pids().map((pid) => usageOf(proc, pid)));
      let worst: Usage | null = null;
      for (const usage of usages) {
        if (usage !== null && (worst === null || usage.open / usage.limit > worst.open / worst.limit)) worst = usage;
      }
      if (worst === null) return { value: undefined, sentence: 'this system does not tell open file descriptors' };
      const { pid, open, limit } = worst;
      return { value: open / limit, sentence: `process ${pid} has ${open} of ${limit} file descriptors open` };
    },
    failure: (why) => ({ value: undefined, sentence: `open file descriptors are unknown: ${why}` }),
  };
}

/** Null: the process is gone, or there is no /proc. */
async function usageOf(proc: string, pid: number): Promise<Usage | null> {
  try {
    const limits = await readFile(join(proc, String(pid), 'limits'), 'utf8');
    const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    if (!(limit > 0)) return null;
    return { pid, open: await openCount(join(proc, String(pid), 'fd')), limit };
  } catch {
    return null;
  }
}

/** Linux 6.2 and later tell the count as the size of the directory; before, it has to be read, 1 ms for 5,000 of them. */
async function openCount(directory: string): Promise<number> {
  const { size } = await stat(directory);
  return size > 0 && directory.startsWith('/proc/') ? size : (await readdir(directory)).length;
}

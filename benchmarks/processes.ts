/** What Linux tells of processes, by pid. */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ, which the kernel has as 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface ProcessInfo {
  readonly pid: number;
  readonly parentPid: number;
  /** User and system time of all its threads, and of its children that have ended. */
  readonly cpuSeconds: number;
  /** Since the machine's start; with the pid it names a process for good. */
  readonly startTicks: number;
}

export interface MemoryFigures {
  readonly rssBytes: number;
  /** Shared pages count in parts, by how many share them. */
  readonly pssBytes: number;
}

/** Reads a line of `/proc/<pid>/stat`; the command in it may hold blanks and parentheses. */
export function parseStat(text: string): ProcessInfo {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  const ticks = number(11) + number(12) + number(13) + number(14);
  return {
    pid: Number.parseInt(text, 10),
    parentPid: number(1),
    cpuSeconds: ticks / TICKS_PER_SECOND,
    startTicks: number(19),
  };
}

/** Null when there is no such process (any more). */
export function processInfo(pid: number): ProcessInfo | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** The process and all that descend from it. */
export function processTree(rootPid: number): ProcessInfo[] {
  const children = new Map<number, ProcessInfo[]>();
  for (const name of readdirSync('/proc')) {
    const info = /^\d+$/.test(name) ? processInfo(Number(name)) : null;
    if (info === null) continue;
    const siblings = children.get(info.parentPid) ?? [];
    children.set(info.parentPid, siblings);
    siblings.push(info);
  }
  const root = processInfo(rootPid);
  const tree = root === null ? [] : [root];
  for (const { pid } of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** @throws Error when the process is gone */
export function memoryOf(pid: number): MemoryFigures {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) * 1024;
  return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
}

/** Seconds that a core was busy with anything, since the machine's start; time that the hypervisor took from it included. */
export function busySeconds(core: number): number {
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`cpu${core} `));
  const [, user, nice, system, , , irq, softirq, steal] = (line ?? '').split(/\s+/).map(Number);
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return ticks / TICKS_PER_SECOND;
}

/** Cores that this process may run on. */
export function allowedCores(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return parseCoreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
}

/** `0-2,5` → 0, 1, 2, 5. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return part === '' ? [] : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Which processes there are, as the kernel says. */
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Ids of all processes that were started with this runtime directory in their environment: the primary, its workers, and whatever
 * those started. Empty where there is no /proc.
 */
export function processesOf(runtimeDirectory: string): readonly number[] {
  const entry = `TIDEGATE_RUNTIME_DIR=${runtimeDirectory}\0`;
  return processIds().filter((pid) => environmentOf(pid).includes(entry));
}

/** Whether a process has a handler for the signal of this number. */
export function catches(pid: number, signal: number): boolean {
  try {
    const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** The command line of a process; empty when there is none of this id. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended, or belongs to somebody else. */
function environmentOf(pid: number): string {
  try {
    return `${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`;
  } catch {
    return '';
  }
}

/** How many descriptors a process has open; NaN where there is no /proc. */
export function openDescriptors(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return Number.NaN;
  }
}

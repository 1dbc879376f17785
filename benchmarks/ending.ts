import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessInfo, processInfo, processTree } from './processes.ts';

const ORDERLY_MS = 5_000;

/** What has to be ended or removed, whatever happens; last come, first ended. */
export class Endings {
  readonly #ends = new Set<() => Promise<void>>();

  /** Returns what ends it ahead of time, once. */
  add(end: () => Promise<void>): () => Promise<void> {
    const once = async (): Promise<void> => {
      if (this.#ends.delete(once)) await end();
    };
    this.#ends.add(once);
    return once;
  }

  async all(): Promise<void> {
    for (const end of [...this.#ends].reverse()) await end();
  }
}

/** Ends a child process in order, and after 5 s by force; nothing that descends from it is left. */
export async function endTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const tree = processTree(pid);
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([exited, delay(ORDERLY_MS, undefined, { ref: false })]);
  }
  await killLeft(tree);
}

/** SIGKILL for those that are still there, and no other: a pid may be somebody else's by now. */
export async function killLeft(tree: readonly ProcessInfo[]): Promise<void> {
  const left = (): ProcessInfo[] => tree.filter(({ pid, startTicks }) => processInfo(pid)?.startTicks === startTicks);
  const deadlineMs = performance.now() + ORDERLY_MS;
  for (const { pid } of left()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // ended meanwhile
  }
  while (left().length > 0 && performance.now() < deadlineMs) await delay(20);
}

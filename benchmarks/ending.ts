import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessInfo, processInfo, processTree } from './processes.ts';

const ORDERLY_MS = 5_000;

/** Thrown for what is to be started while everything is being ended. */
export class BenchEndedError extends Error {
  override readonly name = 'BenchEndedError';
  readonly code = 'BENCH_ENDED';

  constructor() {
    super('The run was stopped.');
  }
}

/** What has to be ended or removed, whatever happens; last come, first ended. */
export class Endings {
  readonly #ends = new Set<() => Promise<void>>();
  #ended = false;

  /**
   * Returns what ends it ahead of time; it is ended once.
   * @throws BenchEndedError, and ends it, when all have been ended
   */
  add(end: () => Promise<void>): () => Promise<void> {
    let ending: Promise<void> | null = null;
    const endOnce = (): Promise<void> => {
      ending ??= end().finally(() => this.#ends.delete(endOnce));
      return ending;
    };
    if (this.#ended) {
      void endOnce();
      throw new BenchEndedError();
    }
    this.#ends.add(endOnce);
    return endOnce;
  }

  async all(): Promise<void> {
    this.#ended = true;
    for (const end of [...this.#ends].reverse()) await end();
  }
}

/** Ends a child process in order, and after 5 s by force; nothing that descends from it is left. */
export async function endTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  let tree = processTree(pid);
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await Promise.race([exited, delay(ORDERLY_MS, undefined, { ref: false })]);
    tree = [...tree, ...processTree(pid)];
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

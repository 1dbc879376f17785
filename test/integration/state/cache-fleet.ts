import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Reach } from './cache-backends.ts';
import type { Command } from './cache-process.ts';

interface Reply {
  readonly id?: number;
  readonly ready?: boolean;
  readonly answer?: unknown;
  readonly failure?: string;
}

/** A process of `cache-process.ts`, and what to tell it. */
export class Member {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  #next = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ id, answer, failure }: Reply) => {
      if (id === undefined) return;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (failure === undefined) waiting?.resolve(answer);
      else waiting?.reject(new Error(failure));
    });
    child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process ended with ${signal ?? code}`));
    });
  }

  tell<T>(command: Command): Promise<T> {
    const id = this.#next;
    this.#next += 1;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#child.send({ id, command });
    });
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const end = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await end;
  }
}

/** Starts so many processes on one store; resolves when all of them hear each other. */
export async function startFleet(reach: Reach, size: number): Promise<Member[]> {
  const entry = fileURLToPath(new URL('./cache-process.js', import.meta.url));
  const env = { ...process.env, CACHE_TEST_REACH: JSON.stringify(reach) };
  return Promise.all(
    Array.from({ length: size }, async () => {
      const child = fork(entry, { env });
      await new Promise<void>((resolve, reject) => {
        child.once('exit', (code, signal) => reject(new Error(`it ended with ${signal ?? code} before it was ready`)));
        child.on('message', ({ ready }: Reply) => {
          if (ready === true) resolve();
        });
      });
      return new Member(child);
    }),
  );
}

/** The smallest of `values` that at least `share` of them don't exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

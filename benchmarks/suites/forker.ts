import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bench } from '../deployment.ts';
import { endTree } from '../ending.ts';
import { underTest } from '../pinning.ts';
import { processInfo } from '../processes.ts';
import { appFile, freePort, run, until } from '../running.ts';

export interface StartedWorker {
  readonly pid: number;
  /** From the fork to listening. */
  readonly readyMs: number;
}

/** `apps/forker.cjs`, which forks as Node's documentation shows it. */
export class Forker {
  readonly end: () => Promise<void>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, end: () => Promise<void>) {
    this.#child = child;
    this.end = end;
  }

  static async start(bench: Bench, app: string): Promise<Forker> {
    const reports = mkdtempSync(path.join(tmpdir(), 'tgb-'));
    const { child, output } = run(underTest(bench.pinning, [process.execPath, appFile('forker.cjs'), app]), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PORT: String(await freePort()), BENCH_REPORT_DIR: reports },
    });
    const end = bench.endings.add(async () => {
      await endTree(child);
      rmSync(reports, { recursive: true, force: true });
    });
    const up = once(child, 'message');
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the bare primary has ended: ${output()}`);
    });
    await Promise.race([up, ended]);
    ended.catch(() => {}); // from here on its end is ours
    return new Forker(child, end);
  }

  async startWorker(): Promise<StartedWorker> {
    this.#child.send({ type: 'start' });
    const [ready] = (await once(this.#child, 'message')) as [StartedWorker];
    return { pid: ready.pid, readyMs: ready.readyMs };
  }

  async stopWorker(pid: number): Promise<void> {
    process.kill(pid, 'SIGTERM');
    await until(
      () => `the end of the bare worker ${pid}`,
      () => processInfo(pid) === null,
    );
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { ROOT, until } from './runtime.ts';

export interface PlainOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** Inherited by the process as its descriptor 3. */
  readonly descriptor?: number;
}

/** A script run by Node alone: what an app does there is the measure for what it does under the runtime. */
export class PlainNode {
  readonly process: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  output = '';

  constructor(script: string, { env = {}, args = [], nodeArgs = [], descriptor }: PlainOptions = {}) {
    const stdio = ['ignore' as const, 'pipe' as const, 'pipe' as const];
    this.process = spawn(process.execPath, [...nodeArgs, script, ...args], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', ...env },
      stdio: descriptor === undefined ? stdio : [...stdio, descriptor],
    });
    this.exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  /** Starts a fixture app and waits for the port that it prints. */
  static async listening(script: string, options?: PlainOptions): Promise<{ app: PlainNode; port: number }> {
    const app = new PlainNode(script, options);
    try {
      const [, port] = await app.waitFor(/listening on (\d+)/);
      return { app, port: Number(port) };
    } catch (error) {
      await app.kill();
      throw error;
    }
  }

  waitFor(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return until(
      `${pattern} in the output`,
      () => {
        const match = pattern.exec(this.output);
        if (match === null && this.process.exitCode !== null) throw new Error(`ended too early:\n${this.output}`);
        return match;
      },
      timeoutMs,
    );
  }

  /** SIGKILL, and waits for the end; for clean-up. */
  async kill(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.exited;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterStatus, WorkerStatus } from '../../src/ipc/status.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** The checkout: fixture apps and examples run from the sources. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of `test/apps`. */
export function fixture(name: string): string {
  return path.join(ROOT, 'test/apps', name);
}

/** Waits until `test` gives a value other than undefined, null or false; fails with `what` after `timeoutMs`. */
export async function until<T>(
  what: string,
  test: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await test();
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The entry of the reference app, clustered. */
export const START_SCALING = fileURLToPath(new URL('../../start-scaling.js', import.meta.url));

export interface RuntimeOptions {
  /** Arguments after `tidegate start <script>`, or after `start-scaling.js`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** PORT of the app; by default a free one. */
  readonly port?: number;
  /** Node to run on; by default this one. */
  readonly execPath?: string;
  /** Descriptors of bound sockets that it is started with, as systemd does. */
  readonly sockets?: readonly number[];
}

/** `LISTEN_PID` has to be the pid of the runtime, which is known to the shell that becomes it. */
const AS_SYSTEMD = ['sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh'];

/** `tidegate start` as a child process, with a runtime directory and ports of its own. JSON logs are read from its output. */
export class Runtime {
  readonly process: ChildProcess;
  readonly port: number;
  readonly directory: string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  output = '';

  private constructor(child: ChildProcess, port: number, directory: string) {
    this.process = child;
    this.port = port;
    this.directory = directory;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        rmSync(directory, { recursive: true, force: true });
        resolve({ code, signal });
      });
    });
    const read = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
  }

  /** Starts; does not wait for anything. */
  static async spawn(script: string, options: RuntimeOptions = {}): Promise<Runtime> {
    const port = options.port ?? (await freePort());
    const directory = mkdtempSync(path.join(tmpdir(), 'tg-'));
    const env = {
      ...process.env,
      PORT: String(port),
      MANAGEMENT_PORT: '0',
      TIDEGATE_RUNTIME_DIR: directory,
      LOG_FORMAT: 'json',
      ...options.env,
    };
    const command = script === START_SCALING ? [script] : [MAIN, 'start', script];
    const args = [...command, '--name', 'test', ...(options.args ?? [])];
    const { sockets = [] } = options;
    const prefix = sockets.length > 0 ? AS_SYSTEMD : [];
    const [file, ...rest] = [...prefix, options.execPath ?? process.execPath, ...args] as [string, ...string[]];
    const child = spawn(file, rest, {
      env: sockets.length > 0 ? { ...env, LISTEN_FDS: String(sockets.length) } : env,
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', ...sockets],
    });
    return new Runtime(child, port, directory);
  }

  /** Starts and waits until as many workers as are wanted are ready. */
  static async start(script: string, options: RuntimeOptions = {}): Promise<Runtime> {
    const runtime = await Runtime.spawn(script, options);
    try {
      await runtime.waitForLog('ready');
    } catch (error) {
      await runtime.kill();
      throw new Error(`${(error as Error).message}\n${runtime.output}`);
    }
    return runtime;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Records of the runtime's JSON log so far. */
  get logs(): readonly Readonly<Record<string, unknown>>[] {
    return this.output.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  /** The first log record whose message is `message` or matches it. */
  waitForLog(message: string | RegExp, timeoutMs = 20_000): Promise<Readonly<Record<string, unknown>>> {
    const matches = (text: unknown): boolean =>
      typeof text === 'string' && (typeof message === 'string' ? text === message : message.test(text));
    return until(
      `log "${String(message)}"`,
      () => {
        const record = this.logs.find((entry) => matches(entry.message));
        if (record === undefined && this.process.exitCode !== null) throw new Error('the runtime ended too early');
        return record;
      },
      timeoutMs,
    );
  }

  /** URL of the control API over TCP. */
  get controlUrl(): string {
    return String(this.logs.find((entry) => entry.message === 'ready')?.controlUrl);
  }

  /** A request to the control API; the body is sent, and the answer read, as JSON. */
  async api<T = Record<string, unknown>>(
    method: string,
    apiPath: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> {
    const answer = await fetch(`${this.controlUrl}${apiPath}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    const lines = text.trimEnd().split('\n');
    const isLines = (answer.headers.get('content-type') ?? '').includes('ndjson');
    return { status: answer.status, body: (isLines ? lines.map((line) => JSON.parse(line)) : JSON.parse(text)) as T };
  }

  async status(): Promise<ClusterStatus> {
    return (await this.api<ClusterStatus>('GET', '/cluster/status')).body;
  }

  async ready(): Promise<readonly WorkerStatus[]> {
    return (await this.status()).workers.filter((worker) => worker.phase === 'ready');
  }

  /** Scales by hand and waits until exactly that many workers are there and ready. */
  async scale(instances: number, timeoutMs = 20_000): Promise<void> {
    await this.api('POST', '/scaling/manual', { instances, reason: 'test', force: true });
    await this.waitForWorkers(instances, timeoutMs);
  }

  waitForWorkers(count: number, timeoutMs = 20_000): Promise<ClusterStatus> {
    return until(
      `${count} ready workers and no other`,
      async () => {
        const status = await this.status();
        return status.ready === count && status.workers.length === count && status;
      },
      timeoutMs,
    );
  }

  /** Rolling reload; resolves with the progress reports, the outcome last. */
  async reload(): Promise<readonly { readonly outcome: string; readonly detail: string }[]> {
    return (await this.api<{ outcome: string; detail: string }[]>('POST', '/cluster/reload')).body;
  }

  /** SIGTERM, and waits for the end. */
  async stop(): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    this.process.kill('SIGTERM');
    return this.exited;
  }

  /** SIGKILL, and waits for the end; for clean-up. */
  async kill(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.exited;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deathsInARow, restartDelayMs } from './restart-delay.ts';

const READY_MS = 10_000;
/** After SIGTERM it has this long before SIGKILL. */
const END_MS = 2000;
const BYTES_PER_MIB = 1024 * 1024;
/** What the engine needs beside the entries: code, buffers, and garbage until it is collected. */
const HEAP_FACTOR = 2;
const HEAP_SPARE_MIB = 128;

export interface StateProcessOptions {
  readonly socketPath: string;
  /** Most bytes the store keeps. */
  readonly memoryLimitBytes: number;
  /** Options for node; those of this process are not taken over. */
  readonly execArgv?: readonly string[];
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Of the child: what it says over its channel. */
interface Said {
  readonly ready?: boolean;
  readonly fault?: string;
}

/** `waiting` is for the end of the delay before a restart. */
type Phase =
  | { readonly is: 'stopped' }
  | { readonly is: 'running'; readonly child: ChildProcess; readonly sinceMs: number }
  | { readonly is: 'waiting'; readonly timer: NodeJS.Timeout };

/**
 * The process that keeps the embedded store, from its primary's side: starts it, and again when it dies, which loses what it held. It ends
 * with the primary, however that ends, because their channel does.
 */
export class StateProcess {
  readonly #options: StateProcessOptions;
  #phase: Phase = { is: 'stopped' };
  #deaths = 0;

  constructor(options: StateProcessOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#phase.is === 'running' ? this.#phase.child.pid : undefined;
  }

  /** Resolves when it listens. @throws Error when it doesn't come up; then it isn't tried again */
  async start(): Promise<void> {
    if (this.#phase.is !== 'stopped') return;
    try {
      await this.#run();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Resolves when it has ended and its socket is gone. */
  async stop(): Promise<void> {
    const before = this.#phase;
    this.#phase = { is: 'stopped' };
    if (before.is === 'waiting') clearTimeout(before.timer);
    if (before.is === 'running') await end(before.child);
    if (before.is !== 'stopped') rmSync(this.#options.socketPath, { force: true });
  }

  async #run(): Promise<void> {
    const { socketPath, memoryLimitBytes, execArgv = [] } = this.#options;
    // What a process that was killed has left there would be in the way.
    rmSync(socketPath, { force: true });
    const heapMib = Math.ceil((memoryLimitBytes / BYTES_PER_MIB) * HEAP_FACTOR) + HEAP_SPARE_MIB;
    const entry = fileURLToPath(new URL('./state-process.js', import.meta.url));
    const { NODE_OPTIONS: _ofTheApp, ...env } = process.env;
    const child = spawn(
      process.execPath,
      [`--max-old-space-size=${heapMib}`, ...execArgv, entry, socketPath, String(memoryLimitBytes)],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env },
    );
    this.#phase = { is: 'running', child, sinceMs: performance.now() };
    child.on('message', ({ fault }: Said) => {
      if (fault !== undefined) this.#options.log('warn', `shared state: ${fault}`);
    });
    await ready(child);
    // From here on it is no reason for this process to stay.
    child.unref();
    child.channel?.unref();
    child.once('exit', (code, signal) => this.#died(child, code, signal));
    // It may have ended between its word and now.
    if (child.exitCode !== null || child.signalCode !== null) this.#died(child, child.exitCode, child.signalCode);
  }

  #died(child: ChildProcess, code: number | null, signal: string | null): void {
    const phase = this.#phase;
    if (phase.is !== 'running' || phase.child !== child) return;
    this.#deaths = deathsInARow(this.#deaths, performance.now() - phase.sinceMs);
    this.#restartLater(`it ended with ${signal ?? `code ${code}`}, and what it held is lost`);
  }

  #restartLater(why: string): void {
    const delayMs = restartDelayMs(this.#deaths);
    this.#options.log('error', `shared state: ${why}; it is started again in ${delayMs} ms`);
    const timer = setTimeout(() => void this.#restart(), delayMs);
    timer.unref();
    this.#phase = { is: 'waiting', timer };
  }

  async #restart(): Promise<void> {
    try {
      await this.#run();
      this.#options.log('info', `shared state: started again, pid ${this.pid}`);
    } catch (error) {
      const phase = this.#phase;
      if (phase.is !== 'running') return;
      await end(phase.child);
      if (this.#phase !== phase) return;
      this.#deaths++;
      this.#restartLater((error as Error).message);
    }
  }
}

/** Resolves when it says so. @throws Error when it ends before, or takes too long */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      outcome();
    };
    const fail = (why: string): void => settle(() => reject(new Error(`the store's process ${why}`)));
    const onMessage = (message: Said): void => {
      if (message.ready === true) settle(resolve);
    };
    const onExit = (code: number | null, signal: string | null): void =>
      fail(`ended with ${signal ?? `code ${code}`} before it was ready`);
    const onError = (error: Error): void => fail(`can't be started: ${error.message}`);
    const timer = setTimeout(() => fail(`was not ready within ${READY_MS} ms`), READY_MS);
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
}

/** Ends it; resolves when it has. */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
}

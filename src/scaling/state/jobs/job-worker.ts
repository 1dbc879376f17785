import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ticker } from '../../ticker.ts';
import { count, gauge } from '../meters.ts';
import type { AttemptOutcome, DriverWorker, JobDriver } from './driver.ts';
import { JobError } from './errors.ts';
import type { JobHandler } from './job.ts';
import { JOB_STATES } from './job.ts';
import { number, whole } from './job-options.ts';
import { type Runner, runAttempt } from './run-attempt.ts';
import { ThreadPool } from './thread/thread-pool.ts';

export interface ProcessOptions {
  /** How many jobs at a time in this process. Default 1. */
  readonly concurrency?: number;
  /** `thread` needs the handler as a file, and is the default for one: CPU-heavy work then leaves requests alone. */
  readonly isolate?: 'thread' | 'none';
  /** Of a handler's thread on Linux, 0 to 19: how far it stands back when others want the processor. Default 19. */
  readonly niceness?: number;
  /** Longest time of one attempt. Default: none. */
  readonly timeoutMs?: number;
  /** A job whose worker shows no life for so long is done by another. Default 10 s. */
  readonly leaseMs?: number;
  /** How long `close` waits for jobs under way. Default 20 s. */
  readonly graceMs?: number;
  /** Gets what goes wrong outside of handlers; the worker goes on. Default: a process warning. */
  readonly onError?: (error: Error) => void;
}

const FIGURES_EVERY_MS = 5_000;
const OPEN_AGAIN_MS = 1_000;
const MAX_CONCURRENCY = 1_000;
const DAY_MS = 86_400_000;

/** Does a queue's jobs in this process until it is closed. */
export class JobWorker {
  readonly #queue: string;
  readonly #opening: Promise<{ driver: JobDriver; worker: DriverWorker } | null>;
  readonly #pool: ThreadPool | null;
  readonly #graceMs: number;
  readonly #onError: (error: Error) => void;
  readonly #ticker: Ticker;
  #closed = false;
  #closing: Promise<void> | null = null;

  /** @throws JobError JOB_BAD_ARGUMENT that names the option */
  constructor(
    queue: string,
    open: () => Promise<JobDriver>,
    handler: JobHandler | string | URL,
    options: ProcessOptions,
    maxLosses: number,
  ) {
    const { concurrency = 1, leaseMs = 10_000, graceMs = 20_000, timeoutMs, onError = warn } = options;
    this.#queue = queue;
    this.#onError = onError;
    this.#graceMs = number('graceMs', graceMs, 0, DAY_MS);
    const attemptOptions = {
      queue,
      onError,
      timeoutMs: timeoutMs === undefined ? null : number('timeoutMs', timeoutMs, 1, DAY_MS),
    };
    const workOptions = {
      concurrency: whole('concurrency', concurrency, 1, MAX_CONCURRENCY),
      leaseMs: number('leaseMs', leaseMs, 100, DAY_MS),
      maxLosses,
      onError,
      onOutcome: (outcome: AttemptOutcome) => count('jobs_finished_total', [queue, outcome]),
    };
    this.#pool = poolFor(handler, options);
    const run = runnerOf(handler, this.#pool);
    this.#opening = this.#opened(open).then((driver) => {
      if (driver === null) return null;
      return { driver, worker: driver.work((job) => runAttempt(run, job, attemptOptions), workOptions) };
    });
    this.#ticker = new Ticker({ onError: (_name, error) => onError(error as Error) });
    this.#ticker.every(FIGURES_EVERY_MS, 'job figures', () => this.#measure());
  }

  /** Claims no more; waits for jobs under way up to `graceMs`, then aborts them and hands them back to others. */
  close(): Promise<void> {
    this.#closed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Tries until it works or the worker is closed; null: closed. */
  async #opened(open: () => Promise<JobDriver>): Promise<JobDriver | null> {
    while (!this.#closed) {
      try {
        return await open();
      } catch (error) {
        if ((error as { code?: unknown }).code === 'JOBS_CLOSED') return null;
        this.#onError(error as Error);
        await new Promise((resolve) => setTimeout(resolve, OPEN_AGAIN_MS).unref());
      }
    }
    return null;
  }

  async #close(): Promise<void> {
    const opened = await this.#opening;
    await opened?.worker.close(this.#graceMs).catch(this.#onError);
    await this.#ticker.stop();
    await this.#pool?.close();
  }

  async #measure(): Promise<void> {
    const opened = await this.#opening;
    const stats = await opened?.driver.stats({});
    if (stats === undefined) return;
    for (const state of JOB_STATES) gauge('jobs', [this.#queue, state], stats[state]);
  }
}

function warn(error: Error): void {
  process.emitWarning(error);
}

function poolFor(handler: JobHandler | string | URL, { isolate, niceness = 19 }: ProcessOptions): ThreadPool | null {
  const inFile = typeof handler !== 'function';
  if ((isolate ?? (inFile ? 'thread' : 'none')) === 'none') return null;
  if (!inFile) {
    throw new JobError(
      'JOB_BAD_ARGUMENT',
      "isolate is 'thread' with a function as the handler; it must be a file, by path or URL",
    );
  }
  return new ThreadPool({ handlerUrl: urlOf(handler).href, niceness: whole('niceness', niceness, 0, 19) });
}

function runnerOf(handler: JobHandler | string | URL, pool: ThreadPool | null): Runner {
  if (typeof handler === 'function') return async (job) => handler(job);
  if (pool !== null) return (job) => pool.run(job);
  const url = urlOf(handler).href;
  return async (job) => {
    const { default: imported } = (await import(url)) as { default: JobHandler };
    return imported(job);
  };
}

/** A path is seen from the working directory, as those on a command line. */
function urlOf(file: string | URL): URL {
  return file instanceof URL || file.startsWith('file:') ? new URL(file) : pathToFileURL(path.resolve(file));
}

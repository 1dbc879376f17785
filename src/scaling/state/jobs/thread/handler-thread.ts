import { Worker } from 'node:worker_threads';
import { JobError } from '../errors.ts';
import type { ActiveJob } from '../job.ts';
import type { FromThread, ThreadSettings, ToThread } from './messages.ts';

/** A handler that was told to stop and goes on for so long is killed with its thread. */
const STOP_MS = 200;

/** One thread that runs a handler, a job at a time. */
export class HandlerThread {
  readonly #worker: Worker;
  #alive = true;

  constructor(settings: ThreadSettings) {
    const main = new URL(`./thread-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    this.#worker = new Worker(main, { workerData: settings, name: 'tidegate-job' });
    this.#worker.once('exit', () => {
      this.#alive = false;
    });
    // Each job listens too; this one is for a thread that dies idle.
    this.#worker.on('error', () => {});
    this.#worker.unref();
  }

  /** Whether it can take another job. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Resolves with the handler's result once the thread is free, or gone: after an abort the handler has a moment to end by itself.
   * @throws what the handler threw; JobError JOB_THREAD_DIED when the thread ended under it
   */
  async run(job: ActiveJob): Promise<unknown> {
    const { signal, progress, ...plain } = job;
    this.#worker.ref();
    let killTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      this.#send({ type: 'abort', reason: (signal.reason as Error).message });
      killTimer = setTimeout(() => void this.end(), STOP_MS);
    };
    try {
      return await new Promise((resolve, reject) => {
        const onMessage = (message: FromThread) => {
          if (message.type === 'progress') return progress(message.value);
          settle();
          if (message.type === 'done') resolve(message.result === undefined ? undefined : JSON.parse(message.result));
          else reject(asError(message));
        };
        const died = (why: string, cause?: unknown) => {
          settle();
          reject(new JobError('JOB_THREAD_DIED', `the thread of job ${plain.id} ${why}`, { cause }));
        };
        const onError = (error: Error) => died(`died: ${error.message}`, error);
        const onExit = (code: number) => died(`ended with ${code}`);
        const settle = () => {
          this.#worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        };
        this.#worker.on('message', onMessage).on('error', onError).on('exit', onExit);
        this.#send({ type: 'job', job: plain });
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
    } finally {
      clearTimeout(killTimer);
      signal.removeEventListener('abort', stop);
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    this.#alive = false;
    await this.#worker.terminate();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function asError({ message, code, stack }: FromThread & { type: 'failed' }): Error {
  const error = Object.assign(new Error(message), code !== undefined && { code });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** A handler's own thread: one job at a time. */
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { JobError } from '../errors.ts';
import type { JobHandler } from '../job.ts';
import type { FromThread, ThreadJob, ThreadSettings, ToThread } from './messages.ts';

const { handlerUrl, niceness } = workerData as ThreadSettings;
const port = parentPort;
let current: AbortController | null = null;

lowerPriority();
const loading = load();
// A module that can't be loaded fails each job, not the thread.
loading.catch(() => {});

port?.on('message', (message: ToThread) => {
  if (message.type === 'abort') current?.abort(new JobError('JOB_LEASE_LOST', message.reason));
  else void run(message.job);
});

/** On Linux this is the thread's own nice value, not the process's; elsewhere it would be everybody's, so it stays. */
function lowerPriority(): void {
  if (niceness === 0 || process.platform !== 'linux') return;
  try {
    os.setPriority(0, niceness);
  } catch {
    // Not allowed here: the job runs all the same.
  }
}

async function load(): Promise<JobHandler> {
  const { default: handler } = (await import(handlerUrl)) as { default?: unknown };
  // A CommonJS module compiled from ESM has its default export one deeper.
  const found = typeof handler === 'function' ? handler : (handler as { default?: unknown } | undefined)?.default;
  if (typeof found === 'function') return found as JobHandler;
  throw new JobError('JOB_BAD_ARGUMENT', `${handlerUrl} has no function as its default export`);
}

async function run(job: ThreadJob): Promise<void> {
  const controller = new AbortController();
  current = controller;
  const progress = (value: unknown) => send({ type: 'progress', value });
  try {
    const handler = await loading;
    const result = await handler({ ...job, signal: controller.signal, progress });
    send({ type: 'done', result: JSON.stringify(result) });
  } catch (error) {
    const failure: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    const { message, code, stack } = failure;
    send({ type: 'failed', message, code, stack });
  }
}

function send(message: FromThread): void {
  port?.postMessage(message);
}

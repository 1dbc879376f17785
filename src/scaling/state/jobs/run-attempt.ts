import type { ClaimedJob } from './driver.ts';
import { JobError } from './errors.ts';
import type { ActiveJob } from './job.ts';
import { ProgressReporter } from './progress-reporter.ts';

/** Runs the handler, wherever that is. */
export type Runner = (job: ActiveJob) => Promise<unknown>;

export interface AttemptOptions {
  readonly queue: string;
  /** Longest time of one attempt; null: none. */
  readonly timeoutMs: number | null;
  readonly onError: (error: Error) => void;
}

/**
 * One attempt of a job: over when the handler is, or as soon as the job isn't this worker's any more or its time is over, even if
 * the handler doesn't listen to its signal. What such a handler still does is behind its fencing token.
 */
export async function runAttempt(run: Runner, claimed: ClaimedJob, options: AttemptOptions): Promise<unknown> {
  const { id, data, attempt, token, addedAtMs } = claimed;
  const controller = new AbortController();
  const { signal } = controller;
  const reporter = new ProgressReporter((value) => claimed.progress(value), options.onError);
  const onLost = () => controller.abort(claimed.signal.reason);
  if (claimed.signal.aborted) onLost();
  else claimed.signal.addEventListener('abort', onLost, { once: true });
  const timer = options.timeoutMs === null ? undefined : timeOut(controller, options.timeoutMs);
  const progress = (value: unknown) => {
    if (!signal.aborted) reporter.tell(value);
  };
  try {
    return await Promise.race([
      run({ ...{ id, data, attempt, token, addedAtMs, signal, progress }, queue: options.queue }),
      rejectionOf(signal),
    ]);
  } finally {
    clearTimeout(timer);
    claimed.signal.removeEventListener('abort', onLost);
    if (!signal.aborted) await reporter.told();
  }
}

function timeOut(controller: AbortController, timeoutMs: number): NodeJS.Timeout {
  return setTimeout(() => {
    controller.abort(new JobError('JOB_TIMEOUT', `the attempt took longer than ${timeoutMs} ms`));
  }, timeoutMs);
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

import { StateError } from '../errors.ts';
import type { CallOptions, Unsubscribe } from '../shared-state.ts';
import { JobError } from './errors.ts';
import type { JobEvent, JobSnapshot } from './job.ts';

/** Events are told at most once: who missed one looks by itself. */
const LOOK_EVERY_MS = 2_000;
/** Whoever keeps the jobs may be back soon. */
const AWAY_MS = 250;
const AWAY = Symbol('away');

export interface JobSource {
  get(id: string, options: CallOptions): Promise<JobSnapshot | undefined>;
  listen(listener: (event: JobEvent) => void): Promise<Unsubscribe>;
}

export interface WaitOptions {
  /** How long to wait. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The job's result, once there is one.
 * @throws JobError JOB_FAILED with what the last attempt said; JOB_GONE: cancelled, or finished and forgotten;
 * JOB_WAIT_TIMEOUT: not finished in time, and still to be done
 */
export async function waitUntilFinished(source: JobSource, id: string, options: WaitOptions): Promise<unknown> {
  const { timeoutMs, signal } = options;
  let look: () => void = () => {};
  const deadlineMs = performance.now() + timeoutMs;
  const unsubscribe = await source.listen((event) => {
    if (event.id === id && event.type !== 'progress') look();
  });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const leftMs = deadlineMs - performance.now();
      const heard = new Promise<void>((resolve) => {
        look = resolve;
      });
      const job = await source.get(id, signal === undefined ? {} : { signal }).catch(awayOrThrow);
      if (job === undefined) throw new JobError('JOB_GONE', `job ${id} was cancelled, or finished and forgotten`);
      if (job === AWAY) {
        if (leftMs <= 0) throw new JobError('JOB_WAIT_TIMEOUT', `job ${id} can't be asked for after ${timeoutMs} ms`);
        await firstOf(heard, Math.min(AWAY_MS, leftMs), signal);
        continue;
      }
      if (job.state === 'completed') return job.result;
      if (job.state === 'failed') throw new JobError('JOB_FAILED', job.error ?? 'failed');
      if (leftMs <= 0) throw new JobError('JOB_WAIT_TIMEOUT', `job ${id} is ${job.state} after ${timeoutMs} ms`);
      await firstOf(heard, Math.min(LOOK_EVERY_MS, leftMs), signal);
    }
  } finally {
    await unsubscribe();
  }
}

/** What keeps the jobs is away, and the job may well be done meanwhile. */
function awayOrThrow(error: unknown): typeof AWAY {
  if (error instanceof StateError && (error.code === 'STATE_TIMEOUT' || error.code === 'STATE_UNAVAILABLE'))
    return AWAY;
  throw error;
}

async function firstOf(heard: Promise<void>, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  const other = new Promise<void>((resolve) => {
    wake = resolve;
    timer = setTimeout(resolve, waitMs);
    signal?.addEventListener('abort', wake, { once: true });
  });
  await Promise.race([heard, other]);
  clearTimeout(timer);
  if (wake !== undefined) signal?.removeEventListener('abort', wake);
}

import type { Job, JobsOptions } from 'bullmq';
import type { Backoff, JobSnapshot, JobState } from '../job.ts';
import type { NewJob } from '../job-options.ts';
import { MAX_PRIORITY } from '../job-options.ts';

/** BullMQ's name for a backoff that the worker computes: `retryDelayMs`. */
export const OUR_BACKOFF = 'tidegate';

/** BullMQ refuses ids that are whole numbers or have a colon. */
export function bullId(id: string): string {
  return `j-${encodeURIComponent(id)}`;
}

export function idOf(id: string): string {
  return decodeURIComponent(id.slice(2));
}

/** What of a job BullMQ is told. Its priority 1 goes first and 0 before all of them: 0 is never used, so that all jobs are one order. */
export function bullOptions({ id, priority, delayMs, attempts, backoff, keep }: NewJob): JobsOptions {
  const kept = { count: keep.count, age: Math.ceil(keep.ageMs / 1_000) };
  return {
    jobId: bullId(id),
    priority: MAX_PRIORITY + 1 - priority,
    delay: delayMs,
    attempts,
    backoff: { type: OUR_BACKOFF, delay: backoff.delayMs, ...{ plan: backoff } },
    removeOnComplete: kept,
    removeOnFail: kept,
    stackTraceLimit: 0,
  };
}

/** The backoff that was given with the job; undefined for a job that came from elsewhere. */
export function backoffOf(job: Pick<Job, 'opts'>): Backoff | undefined {
  return (job.opts.backoff as { plan?: Backoff } | undefined)?.plan;
}

/** BullMQ's states in our words; undefined: the job is gone. */
export function stateOf(state: string): JobState | undefined {
  switch (state) {
    case 'waiting':
    case 'prioritized':
    case 'paused':
    case 'waiting-children':
      return 'waiting';
    case 'delayed':
    case 'active':
    case 'completed':
    case 'failed':
      return state;
    default:
      return undefined;
  }
}

export function snapshotOf(job: Job, state: JobState): JobSnapshot {
  const attempts = job.opts.attempts ?? 1;
  return {
    id: idOf(job.id ?? ''),
    state,
    data: job.data,
    priority: MAX_PRIORITY + 1 - job.priority,
    attempt: state === 'completed' || state === 'failed' ? Math.max(1, job.attemptsMade) : job.attemptsMade + 1,
    attempts,
    progress: job.progress === 0 ? null : unwrapped(job.progress),
    result: state === 'completed' ? (job.returnvalue ?? null) : null,
    error: job.failedReason ?? null,
    addedAtMs: job.timestamp,
    startedAtMs: job.processedOn ?? null,
    finishedAtMs: job.finishedOn ?? null,
  };
}

/** Wrapped, because BullMQ's progress of a job that told nothing is 0, and only numbers, strings and objects are allowed. */
export function wrapped(progress: unknown): object {
  return { value: progress ?? null };
}

export function unwrapped(progress: unknown): unknown {
  return (progress as { value?: unknown } | null)?.value ?? null;
}

/** Jobs: work that is kept until it is done, whichever process does it. */
export { type Committed, commit, committed } from './effects/commit.ts';
export { type EffectOptions, type EffectState, fence } from './effects/fence.ts';
export { type OnceOptions, once } from './effects/once.ts';
export { JobError, type JobErrorCode, PermanentJobError } from './errors.ts';
export type {
  ActiveJob,
  AddOptions,
  Backoff,
  JobEvent,
  JobHandler,
  JobSnapshot,
  JobState,
  JobStats,
} from './job.ts';
export type { JobHandle, JobQueue } from './job-queue.ts';
export type { JobWorker, ProcessOptions } from './job-worker.ts';
export { type JobsConnection, type JobsOptions, jobs, jobsConnection } from './jobs.ts';
export type { WaitOptions } from './wait-until-finished.ts';

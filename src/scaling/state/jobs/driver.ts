import type { CallOptions, Unsubscribe } from '../shared-state.ts';
import type { JobEvent, JobSnapshot, JobStats } from './job.ts';
import type { NewJob } from './job-options.ts';

/** A job a worker has claimed. */
export interface ClaimedJob {
  readonly id: string;
  readonly data: unknown;
  readonly attempt: number;
  readonly token: number;
  readonly addedAtMs: number;
  /** Aborted, with a JobError as its reason, once the job is not this worker's any more. */
  readonly signal: AbortSignal;
  progress(value: unknown): Promise<void>;
}

/** Does one attempt of a claimed job: what it resolves to is the job's result, what it rejects with makes the attempt fail. */
export type Attempt = (job: ClaimedJob) => Promise<unknown>;

export interface WorkOptions {
  /** How many jobs at a time. */
  readonly concurrency: number;
  /** A job whose worker hasn't renewed it for so long is somebody else's. */
  readonly leaseMs: number;
  /** How often a job may be lost with its worker before it counts as failed. */
  readonly maxLosses: number;
  /** Hears how each attempt ended. */
  readonly onOutcome: (outcome: AttemptOutcome) => void;
  /** Gets what goes wrong outside of attempts, such as a store that is away: the worker goes on by itself. */
  readonly onError: (error: Error) => void;
}

/** `lost`: somebody else has the job by now, and what this attempt came to doesn't count. */
export type AttemptOutcome = 'completed' | 'retried' | 'failed' | 'lost' | 'handed_back';

/** What claims jobs and gives them to an attempt. */
export interface DriverWorker {
  /**
   * Claims no more, waits up to `graceMs` for the attempts under way, aborts the others and hands their jobs back, as if never begun.
   * Resolves when that is done.
   */
  close(graceMs: number): Promise<void>;
}

/** Where a queue's jobs are kept: on the machine's job board, or on Redis. */
export interface JobDriver {
  readonly kind: 'embedded' | 'redis';
  add(job: NewJob, options: CallOptions): Promise<void>;
  get(id: string, options: CallOptions): Promise<JobSnapshot | undefined>;
  /** False: it isn't waiting or delayed (any more). */
  cancel(id: string, options: CallOptions): Promise<boolean>;
  stats(options: CallOptions): Promise<JobStats>;
  /** Resolves when events begin to come. */
  listen(listener: (event: JobEvent) => void): Promise<Unsubscribe>;
  work(attempt: Attempt, options: WorkOptions): DriverWorker;
  close(): Promise<void>;
}

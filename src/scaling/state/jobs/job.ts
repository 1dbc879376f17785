import type { CallOptions } from '../shared-state.ts';

export const JOB_STATES = ['waiting', 'delayed', 'active', 'completed', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** How many jobs of a queue are in each state now; finished ones only as long as they are kept. */
export type JobStats = Readonly<Record<JobState, number>>;

/** The pause before attempt n + 1 is `delayMs · 2^(n − 1)`, at most `maxDelayMs`, of which up to the share `jitter` is taken off at random. */
export interface Backoff {
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** 0 to 1. */
  readonly jitter: number;
}

export interface AddOptions extends CallOptions {
  /** Whole, 0 to 1,000,000: a higher one goes first; first come, first served among equals. Default 0. */
  readonly priority?: number;
  /** Not before so many milliseconds from now. Default 0. */
  readonly delayMs?: number;
  /** How often it is tried before it counts as failed. Default 1. */
  readonly attempts?: number;
  /** Between attempts. Default 1 s doubling up to 1 min, jitter 0.2. */
  readonly backoff?: Partial<Backoff>;
  /**
   * 1 to 256 characters. A job that is still known by this id is not added again, so adding is safe to repeat.
   * Default: a random one.
   */
  readonly id?: string;
}

/** A job as it was when asked for. */
export interface JobSnapshot<Data = unknown, Result = unknown> {
  readonly id: string;
  readonly state: JobState;
  readonly data: Data;
  readonly priority: number;
  /** The attempt that runs, ran last, or is to come: from 1. */
  readonly attempt: number;
  readonly attempts: number;
  /** What the handler told last; null: nothing yet. */
  readonly progress: unknown;
  /** Of a completed job; null before. */
  readonly result: Result | null;
  /** What the last failed attempt said; null: none failed. */
  readonly error: string | null;
  readonly addedAtMs: number;
  /** When an attempt began last; null: none yet. */
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

/** What happens to a queue's jobs, whoever does it. Told at most once: who isn't connected at the moment misses it. */
export type JobEvent =
  | { readonly type: 'progress'; readonly id: string; readonly progress: unknown }
  | { readonly type: 'completed'; readonly id: string; readonly result: unknown }
  /** For good: no attempt is left. */
  | { readonly type: 'failed'; readonly id: string; readonly error: string };

/** A job as its handler sees it. */
export interface ActiveJob<Data = unknown> {
  readonly id: string;
  readonly queue: string;
  readonly data: Data;
  /** From 1; a job that was lost with its worker is done again as the same attempt. */
  readonly attempt: number;
  /** Fencing number: each claim of this job has a higher one than every claim before. See `fence`, `commit` and `once`. */
  readonly token: number;
  readonly addedAtMs: number;
  /** Aborted when the job is no longer this worker's: its lease was lost, its time is over, or the worker closes. */
  readonly signal: AbortSignal;
  /** Tells how far it is: a percentage, or anything that is JSON. Quick successions are merged, the last one counts. */
  progress(value: unknown): void;
}

/** Does one attempt. What it returns is kept as JSON (undefined: null); what it throws makes the attempt fail. */
export type JobHandler<Data = unknown, Result = unknown> = (job: ActiveJob<Data>) => Promise<Result> | Result;

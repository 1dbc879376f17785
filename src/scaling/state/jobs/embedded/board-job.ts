import type { Backoff, JobEvent } from '../job.ts';
import type { Retention } from '../job-options.ts';

/** A job to put on the board; `data` is JSON. */
export interface BoardEntry {
  readonly id: string;
  readonly data: string;
  readonly priority: number;
  readonly delayMs: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly keep: Retention;
  /** How often it may be lost with its worker before it counts as failed: it may be what kills them. */
  readonly maxLosses: number;
}

/** Where a job is; a job is in exactly one of these. */
export type Phase =
  | { readonly state: 'waiting' }
  | { readonly state: 'delayed'; readonly dueMs: number }
  | { readonly state: 'active'; readonly token: number; readonly owner: number; leaseUntilMs: number }
  | { readonly state: 'completed'; readonly result: string; readonly finishedAtMs: number }
  | { readonly state: 'failed'; readonly finishedAtMs: number };

/** A job on the board, which alone changes it. */
export interface BoardJob extends BoardEntry {
  /** Order of arrival; kept through retries, so that a job that was lost goes first among its equals. */
  readonly sequence: number;
  readonly addedAtMs: number;
  phase: Phase;
  failures: number;
  losses: number;
  progress: string | null;
  error: string | null;
  startedAtMs: number | null;
  /** Bytes it counts for, as last weighed. */
  weightBytes: number;
}

/** The job as it is put on the board. */
export function boardJob(entry: BoardEntry, sequence: number, nowMs: number): BoardJob {
  return {
    ...entry,
    sequence,
    addedAtMs: nowMs,
    phase: { state: 'waiting' },
    failures: 0,
    losses: 0,
    progress: null,
    error: null,
    startedAtMs: null,
    weightBytes: 0,
  };
}

/** What a worker gets for a claim. */
export interface Claim {
  readonly id: string;
  readonly data: string;
  readonly attempt: number;
  readonly backoff: Backoff;
  readonly token: number;
  readonly addedAtMs: number;
}

/** A claimed job, as its worker names it. */
export interface Lease {
  readonly id: string;
  readonly token: number;
}

/** An attempt that came to nothing. */
export interface Failure extends Lease {
  readonly error: string;
  readonly retryInMs: number;
  /** No further attempt can help. */
  readonly permanent: boolean;
}

export type FailOutcome = 'retried' | 'failed' | 'stale';

/** What the board tells: `wake` when a queue has work for workers that found none. */
export type BoardNews =
  | { readonly type: 'wake'; readonly queue: string }
  | { readonly type: 'event'; readonly queue: string; readonly event: JobEvent };

/** Bytes a job weighs: its texts, and some 400 for its fields and its places in the maps. */
export function weightOf(job: BoardJob): number {
  const result = job.phase.state === 'completed' ? job.phase.result.length : 0;
  return 400 + 2 * (job.id.length + job.data.length + result + (job.progress?.length ?? 0) + (job.error?.length ?? 0));
}

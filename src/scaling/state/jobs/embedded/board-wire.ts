import type { JobState } from '../job.ts';
import type { BoardEntry, BoardJob, FailOutcome, Failure, Lease } from './board-job.ts';
import type { ClaimOutcome } from './job-board.ts';

/** The module's name, as callers give it. */
export const JOB_BOARD = 'jobs';

/** Where workers that found no job hear that there is one. */
export function wakeChannel(queue: string): string {
  return `jobs:wake:${queue}`;
}

/** Where a queue's events are told. */
export function eventChannel(queue: string): string {
  return `jobs:events:${queue}`;
}

interface OfQueue {
  readonly queue: string;
}

/** The module's operations, by name: what each is called with, and what it answers. */
export interface BoardOperations {
  readonly add: { readonly argument: OfQueue & { readonly job: BoardEntry }; readonly result: 'added' | 'known' };
  readonly get: { readonly argument: OfQueue & { readonly id: string }; readonly result: BoardView | null };
  readonly stats: { readonly argument: OfQueue; readonly result: Readonly<Record<JobState, number>> };
  readonly cancel: { readonly argument: OfQueue & { readonly id: string }; readonly result: boolean };
  readonly claim: {
    readonly argument: OfQueue & { readonly max: number; readonly leaseMs: number };
    readonly result: ClaimOutcome;
  };
  /** The ids that are not the caller's any more. */
  readonly renew: {
    readonly argument: OfQueue & { readonly leases: readonly Lease[]; readonly leaseMs: number };
    readonly result: readonly string[];
  };
  readonly progress: { readonly argument: OfQueue & Lease & { readonly value: string }; readonly result: boolean };
  readonly complete: { readonly argument: OfQueue & Lease & { readonly value: string }; readonly result: boolean };
  readonly fail: { readonly argument: OfQueue & Failure; readonly result: FailOutcome };
  readonly handBack: { readonly argument: OfQueue & Lease; readonly result: boolean };
}

export type BoardOperation = keyof BoardOperations;

/** A job as the board tells it; texts are JSON. */
export interface BoardView {
  readonly id: string;
  readonly state: JobState;
  readonly data: string;
  readonly priority: number;
  readonly attempt: number;
  readonly attempts: number;
  readonly progress: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly addedAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
}

export function viewOf(job: BoardJob): BoardView {
  const { id, data, priority, attempts, progress, error, addedAtMs, startedAtMs, failures, phase } = job;
  const { state } = phase;
  return {
    ...{ id, state, data, priority, attempts, progress, error, addedAtMs, startedAtMs },
    attempt: state === 'failed' ? Math.max(1, failures) : failures + 1,
    result: phase.state === 'completed' ? phase.result : null,
    finishedAtMs: 'finishedAtMs' in phase ? phase.finishedAtMs : null,
  };
}

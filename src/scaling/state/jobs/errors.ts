/** Why a job, or a call about one, did not come about; `code` is stable. */
export type JobErrorCode =
  | 'JOB_BAD_ARGUMENT'
  | 'JOB_FAILED'
  | 'JOB_GONE'
  | 'JOB_WAIT_TIMEOUT'
  | 'JOB_TIMEOUT'
  | 'JOB_LEASE_LOST'
  | 'JOB_HANDED_BACK'
  | 'JOB_THREAD_DIED'
  | 'JOB_STALE_TOKEN'
  | 'JOB_EFFECT_UNKNOWN'
  | 'JOBS_FULL'
  | 'JOBS_CLOSED';

export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: JobErrorCode;

  constructor(code: JobErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }
}

/** A handler throws it for a job that no further attempt can help: it fails at once, whatever attempts are left. */
export class PermanentJobError extends Error {
  override readonly name = 'PermanentJobError';
  readonly code = 'JOB_PERMANENT';
}

/** Whether `error` says so; by its code, since it may come from a handler's thread or another copy of this module. */
export function isPermanent(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'JOB_PERMANENT';
}

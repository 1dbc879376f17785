import { StateError, type StateErrorCode } from '../errors.ts';

/** Why Redis was passed by; the label of `shared_state_fallback_total`. */
export type FailureReason = 'slow' | 'timeout' | 'unavailable' | 'full' | 'degraded';

/** Errors that say something about Redis, not about the call. A full one refuses writes until somebody makes room: as good as away. */
const REASONS: Partial<Record<StateErrorCode, FailureReason>> = {
  STATE_TIMEOUT: 'timeout',
  STATE_UNAVAILABLE: 'unavailable',
  STATE_CLOSED: 'unavailable',
  STATE_FULL: 'full',
};

/** Undefined: the error is the caller's own. */
export function failureReasonOf(error: unknown): FailureReason | undefined {
  return error instanceof StateError ? REASONS[error.code] : undefined;
}

/** Redis did not answer; never leaves this folder, because the embedded store answers instead. */
export class PrimaryFailed extends Error {
  override readonly name = 'PrimaryFailed';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, cause?: unknown) {
    super(`Redis failed: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** Why a call on the shared state failed; `code` is stable. */
export type StateErrorCode =
  | 'STATE_TIMEOUT'
  | 'STATE_ABORTED'
  | 'STATE_UNAVAILABLE'
  | 'STATE_CLOSED'
  | 'STATE_BAD_ARGUMENT'
  | 'STATE_WRONG_TYPE'
  | 'STATE_FULL'
  /** Whether there is such a record is not known at the moment. */
  | 'STATE_UNKNOWN';

/** A call that did not come about, or whose outcome is not known (`ambiguous`: it may have been done). */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly code: StateErrorCode;
  readonly ambiguous: boolean;

  constructor(code: StateErrorCode, message: string, options: { cause?: unknown; ambiguous?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.ambiguous = options.ambiguous ?? false;
  }
}

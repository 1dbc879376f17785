/** Why a session could not be loaded or saved, beside what the shared state itself says; `code` is stable. */
export type SessionErrorCode = 'SESSION_NOT_JSON' | 'SESSION_CONFLICT' | 'SESSION_UNKNOWN';

export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * There may be such a session, but it can't be read at the moment: nobody is logged out by that. Express answers it by itself with 503 and
 * Retry-After; an error handler of the app's own finds both here.
 */
export class SessionUnknownError extends SessionError {
  readonly status = 503;
  readonly headers: Readonly<Record<string, string>> = { 'Retry-After': '2' };

  constructor(cause: unknown) {
    super('SESSION_UNKNOWN', 'whether there is such a session is not known at the moment; ask again in a moment', {
      cause,
    });
  }
}

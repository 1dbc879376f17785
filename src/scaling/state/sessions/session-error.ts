/** Why a session could not be saved, beside what the shared state itself says; `code` is stable. */
export type SessionErrorCode = 'SESSION_NOT_JSON' | 'SESSION_CONFLICT';

export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

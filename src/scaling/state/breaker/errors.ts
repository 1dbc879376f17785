/** Why a breaker didn't give a result of its own; `code` is stable. */
export type BreakerErrorCode = 'CIRCUIT_OPEN' | 'CIRCUIT_TIMEOUT' | 'BREAKER_OPTIONS';

/** What a breaker itself rejects with; what the guarded function rejects with passes through unchanged. */
export class BreakerError extends Error {
  override readonly name = 'BreakerError';
  readonly code: BreakerErrorCode;
  /** The breaker's name. */
  readonly breaker: string;
  /** True with CIRCUIT_OPEN: the function was not called. */
  readonly circuitBreakerOpen: boolean;
  /** With CIRCUIT_OPEN: after how many milliseconds a call may be let through again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: BreakerErrorCode, breaker: string, message: string, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.breaker = breaker;
    this.circuitBreakerOpen = code === 'CIRCUIT_OPEN';
    this.retryAfterMs = retryAfterMs;
  }
}

import type { BreakerState } from '../../balancing/circuit-breaker.ts';

/** What a breaker has seen since it was made, JSON-ready. */
export interface BreakerReport {
  readonly state: BreakerState['state'];
  /** Calls of `execute`. */
  readonly totalRequests: number;
  readonly successfulRequests: number;
  readonly failedRequests: number;
  /** Of the failed ones, those that took longer than `timeoutMs`. */
  readonly timedOutRequests: number;
  /** Rejected with CIRCUIT_OPEN. */
  readonly rejectedRequests: number;
  /** Of those that ended well or badly, the share that ended well; 1 when none has ended. */
  readonly successRate: number;
  /** What the last failure said; null: there was none. */
  readonly lastFailure: string | null;
  /** While open, milliseconds until it is tried again; null otherwise. */
  readonly retryAfterMs: number | null;
}

/** How the calls through a breaker went. */
export class CallTally {
  total = 0;
  rejected = 0;
  lastFailure: string | null = null;
  #successful = 0;
  #failed = 0;
  #timedOut = 0;

  success(): void {
    this.#successful += 1;
  }

  failure(error: unknown, timedOut: boolean): void {
    this.#failed += 1;
    if (timedOut) this.#timedOut += 1;
    this.lastFailure = error instanceof Error ? error.message : String(error);
  }

  report(state: BreakerState['state'], retryAfterMs: number | null): BreakerReport {
    const ended = this.#successful + this.#failed;
    return {
      state,
      totalRequests: this.total,
      successfulRequests: this.#successful,
      failedRequests: this.#failed,
      timedOutRequests: this.#timedOut,
      rejectedRequests: this.rejected,
      successRate: ended === 0 ? 1 : this.#successful / ended,
      lastFailure: this.lastFailure,
      retryAfterMs,
    };
  }
}

/**
 * A circuit breaker as plain data: closed while outcomes are good, open after `failureThreshold` failures in a row, half-open when
 * `resetTimeoutMs` has passed, closed again after `successThreshold` successes. Time is an argument.
 * After Nygard, "Release It!", ch. 5.
 */
export interface BreakerLimits {
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly resetTimeoutMs: number;
}

export type BreakerState =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly untilMs: number }
  | { readonly state: 'half-open'; readonly successes: number };

export const CLOSED: BreakerState = { state: 'closed', failures: 0 };

/** The state after time alone has passed. */
export function atTime(breaker: BreakerState, nowMs: number): BreakerState {
  return breaker.state === 'open' && nowMs >= breaker.untilMs ? { state: 'half-open', successes: 0 } : breaker;
}

/** The state after an outcome. Outcomes while open (of what was under way before) change nothing. */
export function afterOutcome(breaker: BreakerState, ok: boolean, limits: BreakerLimits, nowMs: number): BreakerState {
  const now = atTime(breaker, nowMs);
  const opened: BreakerState = { state: 'open', untilMs: nowMs + limits.resetTimeoutMs };
  switch (now.state) {
    case 'open':
      return now;
    case 'half-open': {
      if (!ok) return opened;
      const successes = now.successes + 1;
      return successes >= limits.successThreshold ? CLOSED : { state: 'half-open', successes };
    }
    case 'closed': {
      if (ok) return CLOSED;
      const failures = now.failures + 1;
      return failures >= limits.failureThreshold ? opened : { state: 'closed', failures };
    }
  }
}

/** Milliseconds from any start, and a timer that doesn't keep the process alive; tests pass their own. */
export interface BreakerClock {
  readonly nowMs: () => number;
  /** Calls `wake` once after `delayMs`; the returned function cancels. */
  readonly after: (delayMs: number, wake: () => void) => () => void;
}

export const systemClock: BreakerClock = {
  nowMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

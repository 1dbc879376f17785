/** Time as the fallback driver needs it; tests pass a hand-driven one. */
export interface FallbackClock {
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
  /** Calls `wake` once after `delayMs`, without keeping the process alive; the returned function cancels. */
  readonly after: (delayMs: number, wake: () => void) => () => void;
}

export const systemClock: FallbackClock = {
  nowMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

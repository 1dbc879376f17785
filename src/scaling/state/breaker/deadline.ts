import type { BreakerClock } from './clock.ts';

export interface Deadline {
  readonly clock: BreakerClock;
  readonly timeoutMs: number;
  /** What the call fails with when its time is over. */
  readonly late: () => Error;
  /** The caller's own: when it is aborted, the wait ends with its reason. */
  readonly signal: AbortSignal | undefined;
}

/** Calls `call` and waits until the deadline; then, and when the caller's signal is, the signal it was given is aborted. */
export function withDeadline<T>(
  call: (signal: AbortSignal) => Promise<T> | T,
  { clock, timeoutMs, late, signal: outer }: Deadline,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const give = (error: unknown): void => {
      reject(error);
      controller.abort(error);
    };
    const cancel = clock.after(timeoutMs, () => give(late()));
    const aborted = (): void => give(outer?.reason);
    outer?.addEventListener('abort', aborted, { once: true });
    Promise.resolve()
      .then(() => call(controller.signal))
      .then(resolve, reject)
      .finally(() => {
        cancel();
        outer?.removeEventListener('abort', aborted);
      });
  });
}

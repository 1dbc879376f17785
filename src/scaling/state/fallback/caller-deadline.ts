import { checkTimeoutMs } from '../arguments.ts';
import { StateError } from '../errors.ts';
import type { CallOptions } from '../shared-state.ts';

/**
 * Ends the caller's wait by its own deadline or signal. The call itself goes on: a deadline that is shorter than the one by which Redis is
 * judged must not keep a hung Redis from being noticed.
 * @throws StateError STATE_TIMEOUT or STATE_ABORTED, ambiguous
 */
export function withinDeadline<T>(
  name: string,
  { signal, timeoutMs }: CallOptions,
  call: () => Promise<T>,
): Promise<T> {
  checkTimeoutMs(timeoutMs);
  if (signal === undefined && timeoutMs === undefined) return call();
  if (signal?.aborted === true) return Promise.reject(abortError(name, signal.reason, false));
  return new Promise<T>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = (): void => {
      settle();
      reject(abortError(name, signal?.reason, true));
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            settle();
            const message = `${name}: no answer within the caller's ${timeoutMs} ms; whether it was done is not known`;
            reject(new StateError('STATE_TIMEOUT', message, { ambiguous: true }));
          }, timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    call().then(resolve, reject).finally(settle);
  });
}

function abortError(name: string, reason: unknown, ambiguous: boolean): StateError {
  return new StateError('STATE_ABORTED', `${name} was aborted by its caller`, { cause: reason, ambiguous });
}

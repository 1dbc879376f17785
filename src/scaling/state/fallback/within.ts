import type { FallbackClock } from './clock.ts';

/** What `promise` gives. @throws what it throws, or Error after `timeoutMs` */
export function within<T>(promise: Promise<T>, timeoutMs: number, clock: FallbackClock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
    promise.then(resolve, reject).finally(cancel);
  });
}

import { StateError } from '../../errors.ts';
import type { CallOptions } from '../../shared-state.ts';

/**
 * The outcome of `call`, waited for no longer than its caller wants. A call that is given up may still be done once Redis is back.
 * @throws StateError STATE_TIMEOUT or STATE_ABORTED, ambiguous; STATE_UNAVAILABLE where Redis refused
 */
export async function bounded<Result>(
  call: Promise<Result>,
  { timeoutMs, signal }: CallOptions & { readonly timeoutMs: number },
  what: string,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const given = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StateError('STATE_TIMEOUT', `${what} was not answered within ${timeoutMs} ms`, { ambiguous: true }));
    }, timeoutMs);
    abort = () => {
      reject(new StateError('STATE_ABORTED', `${what} was aborted`, { cause: signal?.reason, ambiguous: true }));
    };
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([call, given]);
  } catch (error) {
    if (error instanceof StateError) throw error;
    throw new StateError('STATE_UNAVAILABLE', `${what} failed: ${(error as Error).message}`, {
      cause: error,
      ambiguous: true,
    });
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
    // Given up, nobody hears what becomes of it.
    call.catch(() => {});
  }
}

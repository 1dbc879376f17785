/** How long a caller waits, and how it stops waiting. */
import { DatabaseError } from './errors.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the call as a whole, retries included; without it the statement timeout holds. */
  readonly timeoutMs?: number | undefined;
}

/** The options of a call that has begun. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** By `performance.now()`. */
  readonly untilMs: number;
}

/** Longest delay of a timer. */
const MOST_MS = 2_147_483_647;

/** @throws RangeError for a timeout that is no positive number */
export function limitsOf({ signal, timeoutMs }: CallOptions, defaultTimeoutMs: number): CallLimits {
  const ms = timeoutMs ?? defaultTimeoutMs;
  if (!(ms > 0)) throw new RangeError(`timeoutMs is ${ms}; allowed is a number above 0`);
  return { signal, timeoutMs: ms, untilMs: performance.now() + ms };
}

/** Calls under way that can be ended from outside. */
export type Interruptions = Set<(reason: DatabaseError) => void>;

/**
 * The outcome of `work`, unless the deadline, the signal or an interruption comes first: then `abandon` is called, and nobody waits
 * for the work any more.
 * @throws DatabaseError DB_TIMEOUT, DB_ABORTED, or the interruption; `ambiguous` as given
 */
export function within<T>(
  work: Promise<T>,
  limits: CallLimits,
  interruptions: Interruptions,
  what: { readonly doing: string; readonly ambiguous: boolean; readonly abandon: () => void },
): Promise<T> {
  const { signal, timeoutMs, untilMs } = limits;
  const { ambiguous, doing } = what;
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      interruptions.delete(giveUp);
      return true;
    };
    const giveUp = (reason: DatabaseError): void => {
      if (!settle()) return;
      reject(reason);
      what.abandon();
    };
    const onAbort = (): void => {
      giveUp(
        new DatabaseError('DB_ABORTED', `aborted by the caller while ${doing}`, { cause: signal?.reason, ambiguous }),
      );
    };
    const onTime = (): void => {
      // An event loop that was held up sees the timer before the answer that lies in the socket.
      setImmediate(() => {
        giveUp(new DatabaseError('DB_TIMEOUT', `the deadline of ${timeoutMs} ms passed while ${doing}`, { ambiguous }));
      });
    };
    const timer = setTimeout(onTime, Math.min(MOST_MS, Math.max(0, untilMs - performance.now())));
    timer.unref();
    interruptions.add(giveUp);
    work.then(
      (value) => settle() && resolve(value),
      (error: unknown) => settle() && reject(error),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

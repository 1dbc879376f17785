import type { FallbackClock } from './clock.ts';
import { type FailureReason, failureReasonOf, PrimaryFailed } from './failure.ts';

export interface PrimaryGuardOptions {
  /** How long a call may wait for its answer before Redis counts as hung. */
  readonly detectMs: number;
  readonly clock: FallbackClock;
  /** Redis failed while it was thought healthy. */
  readonly onFailure: (reason: FailureReason, what: string) => void;
}

interface Waiting {
  readonly begunMs: number;
  readonly dueMs: number;
  readonly release: (reason: FailureReason) => void;
}

/** A timer that fires this much too late says that the process stood still: answers may lie unread in its sockets. */
const STALLED_MS = 10;
/** For reading them. */
const GRACE_MS = 25;
/** A process that asks more than it can read answers for may wait this many times `detectMs` for its turn. */
const BACKLOG_FACTOR = 8;

/**
 * All calls to Redis while it is thought healthy go through here. As soon as one fails, or has waited too long, `onFailure` is told, which
 * closes the guard: those that wait are released at once, and no more are let through until it is opened again.
 */
export class PrimaryGuard {
  readonly #options: PrimaryGuardOptions;
  readonly #waiting = new Set<Waiting>();
  #closed = false;
  #cancelTimer: (() => void) | undefined;
  /** When the timer fires; infinite: there is none. */
  #timerDueMs = Number.POSITIVE_INFINITY;
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  /** When the youngest of all calls that were answered had begun. */
  #youngestMs = Number.NEGATIVE_INFINITY;

  constructor(options: PrimaryGuardOptions) {
    this.#options = options;
  }

  /** Calls that wait for Redis. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  open(): void {
    this.#closed = false;
  }

  /** Everybody who waits gets PrimaryFailed; what Redis still answers is not heard. */
  close(reason: FailureReason): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const released = [...this.#waiting];
    this.#waiting.clear();
    for (const waiting of released) waiting.release(reason);
  }

  /**
   * @param extraMs what a large call may take beyond `detectMs`
   * @throws PrimaryFailed, or the call's own error where it says nothing about Redis
   */
  run<T>(call: () => Promise<T>, extraMs = 0): Promise<T> {
    if (this.#closed) return Promise.reject(new PrimaryFailed('degraded'));
    const { clock, detectMs, onFailure } = this.#options;
    return new Promise<T>((resolve, reject) => {
      const begunMs = clock.nowMs();
      const waiting: Waiting = {
        begunMs,
        dueMs: begunMs + detectMs + extraMs,
        release: (reason) => reject(new PrimaryFailed(reason)),
      };
      this.#waiting.add(waiting);
      if (waiting.dueMs < this.#timerDueMs) this.#arm(waiting.dueMs, detectMs + extraMs);
      begin(call).then(
        (result) => {
          this.#waiting.delete(waiting);
          this.#lastAnswerMs = clock.nowMs();
          this.#youngestMs = Math.max(this.#youngestMs, begunMs);
          resolve(result);
        },
        (error: unknown) => {
          if (!this.#waiting.delete(waiting)) return;
          const reason = failureReasonOf(error);
          if (reason === undefined) return reject(error);
          reject(new PrimaryFailed(reason, error));
          onFailure(reason, (error as Error).message);
        },
      );
    });
  }

  /** One timer for all calls: it sleeps until the first of those that wait is due. */
  #check(): void {
    const expectedMs = this.#timerDueMs;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const { clock, detectMs, onFailure } = this.#options;
    const nowMs = clock.nowMs();
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) if (first === undefined || waiting.dueMs < first.dueMs) first = waiting;
    if (first === undefined) return;
    const isDue = first.dueMs <= nowMs;
    if (isDue && nowMs - expectedMs < STALLED_MS && !this.#isBacklog(first, nowMs)) {
      onFailure('slow', `Redis did not answer within ${detectMs} ms`);
      return;
    }
    const delayMs = isDue ? GRACE_MS : first.dueMs - nowMs;
    this.#arm(nowMs + delayMs, delayMs);
  }

  /**
   * Whether the answer to `late` only waits behind others: a burst of thousands of calls is more than this process reads in `detectMs`. Then
   * answers come all the time, and in the order of the calls; behind a hung node they don't come, or come for later calls only.
   */
  #isBacklog(late: Waiting, nowMs: number): boolean {
    const { detectMs } = this.#options;
    const isSilent = nowMs - this.#lastAnswerMs >= detectMs;
    const isOvertaken = this.#youngestMs >= late.begunMs + detectMs / 2;
    return !isSilent && !isOvertaken && nowMs < late.dueMs + detectMs * BACKLOG_FACTOR;
  }

  #arm(dueMs: number, delayMs: number): void {
    this.#cancelTimer?.();
    this.#timerDueMs = dueMs;
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.#check());
  }
}

/** A call that throws at once must not be left among those that wait. */
async function begin<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

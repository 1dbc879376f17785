import {
  afterOutcome,
  atTime,
  type BreakerLimits,
  type BreakerState,
  CLOSED,
} from '../../balancing/circuit-breaker.ts';
import { gauge } from '../meters.ts';
import { type BreakerClock, systemClock } from './clock.ts';
import { withDeadline } from './deadline.ts';
import { BreakerError } from './errors.ts';
import type { BreakerSettings } from './options.ts';
import { type BreakerReport, CallTally } from './report.ts';

export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerState['state'];
  readonly to: BreakerState['state'];
  /** What the failure that opened it said; null when it didn't open. */
  readonly reason: string | null;
}

export interface ExecuteOptions {
  /** Ends the caller's wait; such a call counts neither as failed nor as successful. */
  readonly signal?: AbortSignal;
}

const GAUGE = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Record<BreakerState['state'], number>;

/** Keeps calls from something that fails, so that callers get their answer at once and it can recover. */
export class Breaker {
  readonly name: string;
  readonly settings: BreakerSettings;
  readonly #limits: BreakerLimits;
  readonly #clock: BreakerClock;
  readonly #listeners = new Set<(change: BreakerChange) => void>();
  #judged: BreakerState = CLOSED;
  /** Goes up with each change: what was begun before one says nothing about the time after it. */
  #epoch = 0;
  /** Calls under way that were let through while half-open. */
  #trials = 0;
  #cancelReset: (() => void) | undefined;
  readonly #tally = new CallTally();

  constructor(name: string, settings: BreakerSettings, clock: BreakerClock = systemClock) {
    this.name = name;
    this.settings = settings;
    this.#limits = settings;
    this.#clock = clock;
    gauge('breaker_state', [name], GAUGE.closed);
  }

  get state(): BreakerState['state'] {
    return this.#current().state;
  }

  /**
   * Calls `call`, unless the breaker is open. Its AbortSignal is aborted when `timeoutMs` has passed or the caller's own signal is.
   * @throws BreakerError CIRCUIT_OPEN (`circuitBreakerOpen: true`; nothing was called), CIRCUIT_TIMEOUT (it may still have been done);
   * the signal's reason; or what `call` rejects with
   */
  async execute<T>(call: (signal: AbortSignal) => Promise<T> | T, { signal }: ExecuteOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    this.#tally.total += 1;
    const before = this.#current();
    if (!this.#admits(before)) {
      this.#tally.rejected += 1;
      throw this.#openError(before);
    }
    const trial = before.state === 'half-open';
    const epoch = this.#epoch;
    if (trial) this.#trials += 1;
    try {
      const result = await this.#withDeadline(call, signal);
      this.#tally.success();
      this.#count(epoch, trial, true, null);
      return result;
    } catch (error) {
      if (signal?.aborted) this.#endTrial(epoch, trial);
      else this.#judge(epoch, trial, error);
      throw error;
    }
  }

  report(): BreakerReport {
    const now = this.#current();
    return this.#tally.report(now.state, now.state === 'open' ? this.#remainingMs(now.untilMs) : null);
  }

  /** Closes it; the statistics stay. */
  reset(): void {
    this.#become(CLOSED, null);
  }

  /** Calls `listener` at each change of state; the returned function ends that. */
  onChange(listener: (change: BreakerChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #admits(now: BreakerState): boolean {
    if (now.state === 'closed') return true;
    return now.state === 'half-open' && this.#trials + now.successes < this.#limits.successThreshold;
  }

  #judge(epoch: number, trial: boolean, error: unknown): void {
    const timedOut = error instanceof BreakerError && error.code === 'CIRCUIT_TIMEOUT' && error.breaker === this.name;
    const failed = timedOut || this.settings.isFailure(error);
    if (failed) this.#tally.failure(error, timedOut);
    else this.#tally.success();
    this.#count(epoch, trial, !failed, failed ? this.#tally.lastFailure : null);
  }

  #count(epoch: number, trial: boolean, ok: boolean, reason: string | null): void {
    if (epoch !== this.#epoch) return;
    this.#endTrial(epoch, trial);
    const next = afterOutcome(this.#judged, ok, this.#limits, this.#clock.nowMs());
    if (next.state === this.#judged.state) this.#judged = next;
    else this.#become(next, reason);
  }

  #endTrial(epoch: number, trial: boolean): void {
    if (trial && epoch === this.#epoch) this.#trials -= 1;
  }

  #current(): BreakerState {
    const now = atTime(this.#judged, this.#clock.nowMs());
    if (now !== this.#judged) this.#become(now, null);
    return now;
  }

  #become(next: BreakerState, reason: string | null): void {
    const from = this.#judged.state;
    this.#judged = next;
    this.#epoch += 1;
    this.#trials = 0;
    this.#cancelReset?.();
    // Without a timer the gauge and the listeners would learn of half-open only with the next call.
    this.#cancelReset =
      next.state === 'open'
        ? this.#clock.after(this.#remainingMs(next.untilMs), () => this.#resetTimerFired(next.untilMs))
        : undefined;
    gauge('breaker_state', [this.name], GAUGE[next.state]);
    if (from === next.state) return;
    for (const listener of this.#listeners) {
      try {
        listener({ name: this.name, from, to: next.state, reason });
      } catch (error) {
        // It must not take the place of the result of the call that changed the state.
        process.emitWarning(`a listener of breaker ${this.name}: ${error instanceof Error ? error.stack : error}`);
      }
    }
  }

  #resetTimerFired(untilMs: number): void {
    // A timer may fire up to 1 ms before the clock says so.
    const missingMs = this.#remainingMs(untilMs);
    if (missingMs > 0) this.#cancelReset = this.#clock.after(missingMs, () => this.#resetTimerFired(untilMs));
    else this.#current();
  }

  #remainingMs(untilMs: number): number {
    return Math.max(0, Math.ceil(untilMs - this.#clock.nowMs()));
  }

  #openError(now: BreakerState): BreakerError {
    const retryAfterMs = now.state === 'open' ? this.#remainingMs(now.untilMs) : 0;
    const when = now.state === 'open' ? `it is tried again in ${retryAfterMs} ms` : 'it is being tried just now';
    const { lastFailure } = this.#tally;
    const why = lastFailure === null ? '' : `; the last failure was: ${lastFailure}`;
    return new BreakerError('CIRCUIT_OPEN', this.name, `Breaker ${this.name} is open: ${when}${why}`, retryAfterMs);
  }

  #withDeadline<T>(call: (signal: AbortSignal) => Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
    const { timeoutMs } = this.settings;
    const late = (): BreakerError => {
      const message = `A call through breaker ${this.name} took longer than ${timeoutMs} ms`;
      return new BreakerError('CIRCUIT_TIMEOUT', this.name, message);
    };
    return withDeadline(call, { clock: this.#clock, timeoutMs, late, signal });
  }
}

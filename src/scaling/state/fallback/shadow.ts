import { afterOutcome, atTime, type BreakerState, CLOSED } from '../../balancing/circuit-breaker.ts';
import type { CallOptions } from '../shared-state.ts';
import type { FallbackClock } from './clock.ts';

/** What the embedded store said; `known` false: it didn't. */
export type Told<T> = { readonly known: true; readonly value: T } | { readonly known: false };

export const UNKNOWN: Told<never> = { known: false };
/** After so many failures in a row the store is left alone for a while: a hung one would slow every healthy call down. */
const LIMITS = { failureThreshold: 3, successThreshold: 1, resetTimeoutMs: 5_000 };

/** Calls on the embedded store beside healthy calls on Redis: their failure is not the caller's. */
export class Shadow {
  readonly #timeoutMs: number;
  readonly #clock: FallbackClock;
  readonly #log: (message: string) => void;
  #breaker: BreakerState = CLOSED;

  constructor(timeoutMs: number, clock: FallbackClock, log: (message: string) => void) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#log = log;
  }

  async ask<T>(call: (options: CallOptions) => Promise<T>): Promise<Told<T>> {
    const now = atTime(this.#breaker, this.#clock.nowMs());
    this.#breaker = now;
    if (now.state === 'open') return UNKNOWN;
    try {
      const value = await call({ timeoutMs: this.#timeoutMs });
      this.#outcome(true, '');
      return { known: true, value };
    } catch (error) {
      this.#outcome(false, error instanceof Error ? error.message : String(error));
      return UNKNOWN;
    }
  }

  #outcome(ok: boolean, message: string): void {
    const before = this.#breaker;
    const after = afterOutcome(before, ok, LIMITS, this.#clock.nowMs());
    this.#breaker = after;
    if (before.state !== 'open' && after.state === 'open') {
      this.#log(`the embedded store fails beside Redis, so records are on Redis alone: ${message}`);
    }
  }
}

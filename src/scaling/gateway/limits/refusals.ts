import type { LimitVerdict } from '../limiter.ts';

/** However long a block is: what an administrator takes back ends here soon as well. */
const LONGEST_MS = 1_000;
const MAX_KEYS = 100_000;

interface Refusal {
  readonly verdict: LimitVerdict;
  readonly atMs: number;
  readonly untilMs: number;
}

/**
 * Who was refused a moment ago, and is still over the limit: a flood is answered from here, so that it costs the shared state one
 * question a second for each client. Time is an argument.
 */
export class Refusals {
  readonly #refusals = new Map<string, Refusal>();

  note(key: string, verdict: LimitVerdict, nowMs: number): void {
    if (verdict.retryAfterMs <= 0) return;
    // The oldest one goes: it is asked about again.
    if (this.#refusals.size >= MAX_KEYS) this.#refusals.delete(this.#refusals.keys().next().value as string);
    const untilMs = nowMs + Math.min(verdict.retryAfterMs, LONGEST_MS);
    this.#refusals.set(key, { verdict, atMs: nowMs, untilMs });
  }

  /** The verdict that still holds, with the time that is left of it. */
  of(key: string, nowMs: number): LimitVerdict | undefined {
    const refusal = this.#refusals.get(key);
    if (refusal === undefined || refusal.untilMs <= nowMs) return undefined;
    const { verdict, atMs } = refusal;
    const passedMs = nowMs - atMs;
    return {
      ...verdict,
      resetMs: Math.max(0, verdict.resetMs - passedMs),
      retryAfterMs: Math.max(0, verdict.retryAfterMs - passedMs),
    };
  }

  tick(nowMs: number): void {
    for (const [key, { untilMs }] of this.#refusals) if (untilMs <= nowMs) this.#refusals.delete(key);
  }
}

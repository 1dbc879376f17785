import type { StateStatus } from '../state/shared-state.ts';

/**
 * How long what the store tells of leased amounts cannot be believed. When the embedded store takes over from Redis, or hands back, the
 * one that answers has not heard of leases that the other granted: their heartbeats tell it, and within a lease's TTL all that live have.
 */
export class Settling {
  readonly #leaseTtlMs: number;
  /** Undefined: never looked. */
  #degradedSinceMs: number | null | undefined;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(leaseTtlMs: number) {
    this.#leaseTtlMs = leaseTtlMs;
  }

  /** Milliseconds until the amounts are complete; 0: they are. To be asked more often than once per TTL, so that no change is missed. */
  leftMs({ degradedSinceMs }: StateStatus, nowMs: number): number {
    const before = this.#degradedSinceMs;
    this.#degradedSinceMs = degradedSinceMs;
    // A process that begins while all is well has nothing to wait for.
    const changed = before === undefined ? degradedSinceMs !== null : degradedSinceMs !== before;
    if (changed) this.#untilMs = nowMs + this.#leaseTtlMs;
    // A clock that went back makes it begin anew, and no longer than that.
    this.#untilMs = Math.min(this.#untilMs, nowMs + this.#leaseTtlMs);
    return Math.max(0, this.#untilMs - nowMs);
  }
}

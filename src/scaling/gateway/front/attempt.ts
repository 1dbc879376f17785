import type { Upstream } from '../upstream/upstream.ts';
import type { BreakerTicket } from '../upstream/upstream-breaker.ts';

/** One upstream's try at a request. What became of it is told to the upstream's breaker, once. */
export class Attempt {
  readonly upstream: Upstream;
  readonly claimedMs: number;
  /** When the request went out. */
  sentMs = 0;
  /** A connection kept open was lost: from now on only a new one will do. */
  fresh = false;
  readonly #ticket: BreakerTicket;
  #judged = false;

  constructor(upstream: Upstream, nowMs: number) {
    this.upstream = upstream;
    this.claimedMs = nowMs;
    this.#ticket = upstream.breaker.claim();
  }

  settle(ok: boolean, nowMs: number): void {
    if (this.#judged) return;
    this.#judged = true;
    this.upstream.breaker.outcome(this.#ticket, ok, nowMs);
  }

  /** It ended without telling anything about the upstream. */
  abandon(): void {
    if (this.#judged) return;
    this.#judged = true;
    this.upstream.breaker.abandon(this.#ticket);
  }
}

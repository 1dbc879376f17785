/** By HAProxy's names; milliseconds. They are looked at four times a second, so they end up to 250 ms late. */
export interface TimeoutOptions {
  /** Between two pieces of a request's body, or until a client takes a piece of the response; 60,000. */
  readonly clientMs?: number;
  /** Until an upstream takes the connection; 5,000. */
  readonly connectMs?: number;
  /** Until the response's head, and between two pieces of its body; 60,000. */
  readonly serverMs?: number;
  /** For a request's whole head, from its first byte (or the connection's begin); 10,000. */
  readonly httpRequestMs?: number;
  /** Between two requests of one connection; 65,000. */
  readonly httpKeepAliveMs?: number;
  /** Waiting for an upstream with room; 5,000. */
  readonly queueMs?: number;
  /** Without a byte either way after an upgrade; 3,600,000. */
  readonly tunnelMs?: number;
  /** For an active check; 2,000. */
  readonly checkMs?: number;
  /** An idle connection to an upstream is given up after this, or a second before the upstream said it would; 4,000. */
  readonly upstreamKeepAliveMs?: number;
}

export type Timeouts = Required<TimeoutOptions>;

export const DEFAULT_TIMEOUTS: Timeouts = {
  clientMs: 60_000,
  connectMs: 5_000,
  serverMs: 60_000,
  httpRequestMs: 10_000,
  httpKeepAliveMs: 65_000,
  queueMs: 5_000,
  tunnelMs: 3_600_000,
  checkMs: 2_000,
  // Below the 5 s after which a Node server closes an idle connection without a word.
  upstreamKeepAliveMs: 4_000,
};

/** Anything that may take too long. */
export interface Expiring {
  /** Infinity: nothing is waited for. */
  readonly deadlineMs: number;
  expire(nowMs: number): void;
}

export const SWEEP_MS = 250;

/**
 * All deadlines of a gateway, looked at together: setting one is an assignment, where a timer per connection would be armed and
 * disarmed with every request.
 */
export class Deadlines {
  readonly #watched = new Set<Expiring>();

  add(item: Expiring): void {
    this.#watched.add(item);
  }

  delete(item: Expiring): void {
    this.#watched.delete(item);
  }

  sweep(nowMs: number): void {
    for (const item of this.#watched) if (item.deadlineMs <= nowMs) item.expire(nowMs);
  }
}

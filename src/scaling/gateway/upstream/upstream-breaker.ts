import {
  afterOutcome,
  atTime,
  type BreakerLimits,
  type BreakerState,
  CLOSED,
} from '../../balancing/circuit-breaker.ts';

/** As `GET /api/v1/admin/circuit-breaker/stats` shows it. */
export interface UpstreamBreakerReport {
  readonly state: BreakerState['state'];
  readonly totalRequests: number;
  readonly successfulRequests: number;
  readonly failedRequests: number;
  /** Times that a pick had to leave the upstream out. */
  readonly rejectedRequests: number;
  readonly successRate: number;
}

/** What a claim is judged by later: outcomes of before the last change of state say nothing about the time after it. */
export type BreakerTicket = number;

/** The pure breaker with what a balancer needs of it: tickets in place of promises, so that nothing is made per request. */
export class UpstreamBreaker {
  readonly #limits: BreakerLimits;
  readonly #onChange: (from: BreakerState['state'], to: BreakerState['state']) => void;
  #judged: BreakerState = CLOSED;
  #epoch = 0;
  #trials = 0;
  #successful = 0;
  #failed = 0;
  #rejected = 0;
  #abandoned = 0;
  #claimed = 0;

  constructor(limits: BreakerLimits, onChange: (from: BreakerState['state'], to: BreakerState['state']) => void) {
    this.#limits = limits;
    this.#onChange = onChange;
  }

  get state(): BreakerState['state'] {
    return this.#judged.state;
  }

  /** Lets time pass: open becomes half-open. */
  tick(nowMs: number): void {
    const now = atTime(this.#judged, nowMs);
    if (now !== this.#judged) this.#become(now);
  }

  /** A request may be sent; half-open lets through only as many at once as it needs to close. */
  admits(): boolean {
    const judged = this.#judged;
    if (judged.state === 'closed') return true;
    return judged.state === 'half-open' && this.#trials + judged.successes < this.#limits.successThreshold;
  }

  noteRejected(): void {
    this.#rejected += 1;
  }

  claim(): BreakerTicket {
    this.#claimed += 1;
    const trial = this.#judged.state === 'half-open';
    if (trial) this.#trials += 1;
    return this.#epoch * 2 + (trial ? 1 : 0);
  }

  outcome(ticket: BreakerTicket, ok: boolean, nowMs: number): void {
    if (ok) this.#successful += 1;
    else this.#failed += 1;
    if (!this.#endTrial(ticket)) return;
    const next = afterOutcome(this.#judged, ok, this.#limits, nowMs);
    if (next.state === this.#judged.state) this.#judged = next;
    else this.#become(next);
  }

  /** It came to no judgement: the client went away, or a connection was stale. */
  abandon(ticket: BreakerTicket): void {
    this.#abandoned += 1;
    this.#endTrial(ticket);
  }

  /** Closes it; the statistics stay. */
  reset(): void {
    this.#become(CLOSED);
  }

  report(): UpstreamBreakerReport {
    const ended = this.#successful + this.#failed;
    return {
      state: this.#judged.state,
      totalRequests: this.#claimed - this.#abandoned,
      successfulRequests: this.#successful,
      failedRequests: this.#failed,
      rejectedRequests: this.#rejected,
      successRate: ended === 0 ? 1 : this.#successful / ended,
    };
  }

  /** False for a ticket of before the last change. */
  #endTrial(ticket: BreakerTicket): boolean {
    if (Math.floor(ticket / 2) !== this.#epoch) return false;
    if (ticket % 2 === 1) this.#trials -= 1;
    return true;
  }

  #become(next: BreakerState): void {
    const from = this.#judged.state;
    this.#judged = next;
    this.#epoch += 1;
    this.#trials = 0;
    if (from !== next.state) this.#onChange(from, next.state);
  }
}

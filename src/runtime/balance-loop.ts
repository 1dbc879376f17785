import { BALANCE_INTERVAL_MS, type ConnectionBalancer } from '../cluster/connection-balancer.ts';
import type { ConnectionDispatcher } from '../cluster/connection-dispatcher.ts';
import type { Ticker } from '../scaling/ticker.ts';

/** After so long without anything happening on any connection there is nothing left to even out. */
const QUIET_MS = 15_000;

/** Runs the balancer ten times a second while connections are in use, and not at all while they are not. */
export class BalanceLoop {
  readonly #ticker: Ticker;
  readonly #dispatcher: ConnectionDispatcher;
  readonly #balancer: ConnectionBalancer;
  #stop: (() => void) | null = null;
  #activeAtMs = 0;

  constructor(ticker: Ticker, dispatcher: ConnectionDispatcher, balancer: ConnectionBalancer) {
    this.#ticker = ticker;
    this.#dispatcher = dispatcher;
    this.#balancer = balancer;
  }

  /** Something happened on a connection. */
  wake(): void {
    this.#activeAtMs = Date.now();
    this.#stop ??= this.#ticker.every(BALANCE_INTERVAL_MS, 'balance', () => this.#tick());
  }

  #tick(): void {
    const nowMs = Date.now();
    this.#dispatcher.sweep(nowMs);
    this.#balancer.tick(nowMs);
    if (nowMs - this.#activeAtMs < QUIET_MS || this.#dispatcher.busy) return;
    this.#stop?.();
    this.#stop = null;
  }
}

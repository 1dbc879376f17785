import type { GatewayError } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** The upstreams that have failed a request, and whether another one may be asked. */
export class Failover {
  readonly tried: Upstream[] = [];
  /** Why the last one did. */
  error: GatewayError | undefined;
  readonly #context: GatewayContext;

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** There is another one, and the budget allows it: it is taken from the budget. @param failed the one that has it now */
  allows(failed: Upstream, nowMs: number): boolean {
    const { pool, retryBudget, settings } = this.#context;
    if (this.tried.length >= settings.retryAttempts) return false;
    const others = pool.members.some((member) => member !== failed && !this.tried.includes(member));
    return others && retryBudget.withdraw(nowMs);
  }

  note(failed: Upstream, error: GatewayError): void {
    this.tried.push(failed);
    this.error = error;
    this.#context.counts.retries += 1;
  }
}

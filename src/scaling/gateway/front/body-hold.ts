import type { GatewayContext } from '../gateway-context.ts';
import type { RequestHead } from '../wire/request-head.ts';

/**
 * A request that waits for the beginning of its body before it takes an upstream's place: a client that sends a byte now and then
 * would keep the place from the others. What it holds counts in the budget of all.
 */
export class BodyHold {
  readonly #context: GatewayContext;
  readonly #neededBytes: number;
  #countedBytes = 0;

  /** @param neededBytes as `bytesToHold` says */
  constructor(context: GatewayContext, neededBytes: number) {
    this.#context = context;
    this.#neededBytes = neededBytes;
  }

  /** True: enough has come, or there is no memory left to wait with. @param heldBytes that have come so far */
  isOver(heldBytes: number): boolean {
    if (heldBytes >= this.#neededBytes) return true;
    if (!this.#context.bodyBudget.take(heldBytes - this.#countedBytes)) return true;
    this.#countedBytes = heldBytes;
    return false;
  }

  end(): void {
    this.#context.bodyBudget.give(this.#countedBytes);
    this.#countedBytes = 0;
  }
}

/**
 * How much of a body has to be there before the request is sent on. 0 for one in chunks and for one that waits for a 100: whoever sends
 * it may wait for the answer to begin.
 */
export function bytesToHold({ framing, expectsContinue }: RequestHead, mostBytes: number): number {
  return framing.kind !== 'length' || expectsContinue ? 0 : Math.min(framing.bytes, mostBytes);
}

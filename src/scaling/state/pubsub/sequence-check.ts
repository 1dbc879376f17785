/** How a message's number compares with the one before it from the same publisher. */
export type SequenceVerdict = { readonly kind: 'next'; readonly lost: number } | { readonly kind: 'late' };

/** Publishers remembered per channel: processes come and go, each with an id of its own. */
const PUBLISHERS_LIMIT = 1_000;

/** Watches the numbers of each publisher on one channel, and tells gaps from order. */
export class SequenceCheck {
  readonly #last = new Map<string, number>();

  /**
   * The first message of a publisher sets where counting begins. 1 always begins anew: the publisher forgot its count because it has
   * published on many other channels since. A number that is not above the last one came late, or twice.
   */
  see(publisher: string, sequence: number): SequenceVerdict {
    const last = this.#last.get(publisher);
    if (last !== undefined && sequence !== 1 && sequence <= last) return { kind: 'late' };
    if (last !== undefined) this.#last.delete(publisher);
    else if (this.#last.size >= PUBLISHERS_LIMIT) this.#forgetOldest();
    this.#last.set(publisher, sequence);
    return { kind: 'next', lost: last === undefined || sequence === 1 ? 0 : sequence - last - 1 };
  }

  /** A Map keeps the order of insertion, and each message inserts its publisher anew. */
  #forgetOldest(): void {
    for (const publisher of this.#last.keys()) {
      this.#last.delete(publisher);
      return;
    }
  }
}

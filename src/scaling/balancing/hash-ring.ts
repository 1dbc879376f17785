import { mix32 } from './hash.ts';
import type { Candidate } from './policy.ts';
import { rendezvousBid } from './rendezvous.ts';

/** A power of two. Slots win positions at random: a slot of share p is off by √(p(1−p)/positions), 0.4 percentage points at p = ½. */
export const RING_POSITIONS = 16_384;

/**
 * A ring of fixed positions, each owned by the slot that wins it in a weighted rendezvous. It does what the usual ring of random
 * points does (a leaving slot frees only its own positions), is looked up by one index instead of a search, honours weights that are no whole
 * numbers, and gives the next position clockwise to any of the others by weight, so that the overflow of a full slot spreads.
 */
export class HashRing {
  readonly #owners = new Uint16Array(RING_POSITIONS);
  #slots: number[] = [];
  #weights: number[] = [];
  /** The pool as last seen, and where in it each ring member is. */
  #seenIds: number[] = [];
  #seenWeights: number[] = [];
  #members: number[] = [];

  /** Index in `pool` of the candidate that owns the position; positions wrap. Call `align` first. */
  ownerAt(position: number): number {
    return this.#members[this.#owners[position & (RING_POSITIONS - 1)] as number] as number;
  }

  /**
   * Makes the ring that of `pool` (not empty). Costs one comparison per candidate when nothing has changed; the positions are dealt
   * again (about 0.3 ms per slot) only when slots or weights have changed, not when a process has been replaced in its slot.
   */
  align(pool: readonly Candidate[]): void {
    if (this.#isSeen(pool)) return;
    this.#seenIds = pool.map((candidate) => candidate.id);
    this.#seenWeights = pool.map((candidate) => candidate.weight);

    const newestOfSlot = new Map<number, number>();
    for (const [index, candidate] of pool.entries()) {
      const other = newestOfSlot.get(candidate.slot);
      if (other === undefined || (pool[other] as Candidate).id < candidate.id) newestOfSlot.set(candidate.slot, index);
    }
    const slots = [...newestOfSlot.keys()].sort((a, b) => a - b);
    this.#members = slots.map((slot) => newestOfSlot.get(slot) as number);
    const weights = this.#members.map((index) => (pool[index] as Candidate).weight);
    if (!isSame(slots, this.#slots) || !isSame(weights, this.#weights)) this.#deal(slots, weights);
  }

  #isSeen(pool: readonly Candidate[]): boolean {
    if (pool.length !== this.#seenIds.length) return false;
    for (let index = 0; index < pool.length; index++) {
      const candidate = pool[index] as Candidate;
      if (candidate.id !== this.#seenIds[index] || candidate.weight !== this.#seenWeights[index]) return false;
    }
    return true;
  }

  #deal(slots: number[], weights: number[]): void {
    this.#slots = slots;
    this.#weights = weights;
    for (let position = 0; position < RING_POSITIONS; position++) {
      const positionHash = mix32(position + 1);
      let winner = 0;
      let lowest = Number.POSITIVE_INFINITY;
      for (let member = 0; member < slots.length; member++) {
        const bid = rendezvousBid(positionHash, slots[member] as number, weights[member] as number);
        if (bid < lowest) {
          lowest = bid;
          winner = member;
        }
      }
      this.#owners[position] = winner;
    }
  }
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

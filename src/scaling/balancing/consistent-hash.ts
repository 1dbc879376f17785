import { hashString } from './hash.ts';
import { HashRing } from './hash-ring.ts';
import { LeastConnections } from './least-connections.ts';
import type { Candidate, PickContext, Policy } from './policy.ts';

/** No worker holds more than 1.25 × its fair part of all connections (rounded up); the authors' trade of evenness against moved keys. */
const DEFAULT_LOAD_FACTOR = 1.25;

/**
 * At factor 1.25 the workers with room have more than a fifth of all weight, and so of the ring: 128 steps miss them once in 10¹² picks,
 * unless the one with room is off the ring, a process whose slot has a newer one already.
 */
const MAX_STEPS = 128;

/**
 * The key's place on a ring of slots; when its owner is full, the next on the ring. Mirrokni, Thorup and Zadimoghaddam, "Consistent
 * Hashing with Bounded Loads" (SODA 2018), with weights: a worker of weight w may be given a connection while
 * `active < factor × (total + 1) × w / Σw`, i.e. it never holds more than that, rounded up.
 */
export class ConsistentHash implements Policy {
  readonly name = 'consistent-hash';
  readonly #ring = new HashRing();
  readonly #loadFactor: number;
  /** The least loaded is always below the bound, since its load is at most the mean and the factor is above 1. */
  readonly #leastLoaded = new LeastConnections();

  constructor(loadFactor: number = DEFAULT_LOAD_FACTOR) {
    this.#loadFactor = loadFactor;
  }

  pick(pool: readonly Candidate[], context: PickContext): Candidate | undefined {
    if (context.key === undefined || pool.length === 0) return this.#leastLoaded.pick(pool);
    this.#ring.align(pool);
    let totalActive = 0;
    let totalWeight = 0;
    for (let index = 0; index < pool.length; index++) {
      const candidate = pool[index] as Candidate;
      totalActive += candidate.active;
      totalWeight += candidate.weight;
    }
    const room = this.#loadFactor * (totalActive + 1);
    const position = hashString(context.key);
    for (let step = 0; step < MAX_STEPS; step++) {
      const candidate = pool[this.#ring.ownerAt(position + step)] as Candidate;
      if (candidate.active * totalWeight < room * candidate.weight) return candidate;
    }
    return this.#leastLoaded.pick(pool);
  }
}

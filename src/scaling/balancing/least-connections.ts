import type { Candidate, Policy } from './policy.ts';
import { Rotation } from './rotation.ts';

/**
 * The fewest active connections per weight. Ties take turns by weight (as nginx's `least_conn` does), so on an idle pool
 * this is a round-robin.
 */
export class LeastConnections implements Policy {
  readonly name = 'least-connections';
  readonly #rotation = new Rotation();
  /** Indices of the candidates tied for the minimum; reused, so that a pick allocates nothing. */
  readonly #tied: number[] = [];

  pick(pool: readonly Candidate[]): Candidate | undefined {
    const tied = this.#tied;
    let count = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let index = 0; index < pool.length; index++) {
      const candidate = pool[index] as Candidate;
      const load = candidate.active / candidate.weight;
      if (load > least) continue;
      if (load < least) {
        least = load;
        count = 0;
      }
      tied[count++] = index;
    }
    return this.#rotation.nextAmong(pool, tied, count);
  }
}

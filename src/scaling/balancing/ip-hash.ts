import { hashString } from './hash.ts';
import { LeastConnections } from './least-connections.ts';
import type { Candidate, PickContext, Policy } from './policy.ts';
import { rendezvousBid } from './rendezvous.ts';

/**
 * The same key always gets the same slot, however loaded it is, by rendezvous over the slots: when a slot leaves, only its own keys
 * move, in proportion to weight. For affinity that yields to overload take consistent-hash.
 */
export class IpHash implements Policy {
  readonly name = 'ip-hash';
  readonly #keyless = new LeastConnections();

  pick(pool: readonly Candidate[], context: PickContext): Candidate | undefined {
    if (context.key === undefined) return this.#keyless.pick(pool);
    const keyHash = hashString(context.key);
    let winner: Candidate | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < pool.length; index++) {
      const candidate = pool[index] as Candidate;
      const bid = rendezvousBid(keyHash, candidate.slot, candidate.weight);
      // Two processes of one slot (a replacement under way) bid the same: the newer one stays, so it gets the client.
      if (winner === undefined || bid < lowest || (bid === lowest && candidate.id > winner.id)) {
        lowest = bid;
        winner = candidate;
      }
    }
    return winner;
  }
}

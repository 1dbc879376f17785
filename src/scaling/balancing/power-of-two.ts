import type { Candidate, PickContext, Policy } from './policy.ts';
import { betterOfTwo } from './two-choices.ts';

/** Of two drawn by weight, the one with fewer active connections per weight. */
export class PowerOfTwo implements Policy {
  readonly name = 'power-of-two';

  pick(pool: readonly Candidate[], context: PickContext): Candidate | undefined {
    return betterOfTwo(pool, context, activePerWeight);
  }
}

function activePerWeight(candidate: Candidate): number {
  return candidate.active / candidate.weight;
}

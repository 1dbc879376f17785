import type { Candidate, Policy } from './policy.ts';
import { Rotation } from './rotation.ts';

/** Takes turns; by weight when weights differ. The policies `round-robin` and `weighted` are both this one, as in nginx. */
export class RoundRobin implements Policy {
  readonly name: string;
  readonly #rotation = new Rotation();

  constructor(name: 'round-robin' | 'weighted' = 'round-robin') {
    this.name = name;
  }

  pick(pool: readonly Candidate[]): Candidate | undefined {
    return this.#rotation.next(pool);
  }
}

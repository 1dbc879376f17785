import type { Candidate } from './policy.ts';

/**
 * Takes turns, in proportion to weight: smooth weighted round-robin as in nginx (`ngx_http_upstream_round_robin.c`, 2012).
 * Every contender's credit grows by its weight, the richest is picked and pays the sum. Weights 5, 1, 1 give a a b a c a a, not
 * a a a a a b c; equal weights give a plain rotation. Credits are kept by id, so a change of the pool does not upset the turns.
 */
export class Rotation {
  #ids: number[] = [];
  #credits: number[] = [];
  #everyone: number[] = [];

  /** The next of the whole pool; undefined when it is empty. */
  next(pool: readonly Candidate[]): Candidate | undefined {
    this.#align(pool);
    return this.#take(pool, this.#everyone, pool.length);
  }

  /**
   * The next among `pool[contenders[0]]` … `pool[contenders[count - 1]]`; the others' credits stay, so that a worker that is
   * rarely a contender still gets its share of the turns it takes part in.
   */
  nextAmong(pool: readonly Candidate[], contenders: readonly number[], count: number): Candidate | undefined {
    this.#align(pool);
    return this.#take(pool, contenders, count);
  }

  #take(pool: readonly Candidate[], contenders: readonly number[], count: number): Candidate | undefined {
    const credits = this.#credits;
    let richest = -1;
    let highest = Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let turn = 0; turn < count; turn++) {
      const index = contenders[turn] as number;
      const weight = (pool[index] as Candidate).weight;
      const credit = (credits[index] as number) + weight;
      credits[index] = credit;
      sum += weight;
      if (credit > highest) {
        highest = credit;
        richest = index;
      }
    }
    if (richest === -1) return undefined;
    credits[richest] = highest - sum;
    return pool[richest];
  }

  /** Lines the credits up with the pool; allocates only when the pool has changed. */
  #align(pool: readonly Candidate[]): void {
    const ids = this.#ids;
    let same = ids.length === pool.length;
    for (let index = 0; same && index < ids.length; index++) same = ids[index] === (pool[index] as Candidate).id;
    if (same) return;
    const before = new Map(ids.map((id, index) => [id, this.#credits[index] as number]));
    this.#ids = pool.map((candidate) => candidate.id);
    this.#credits = this.#ids.map((id) => before.get(id) ?? 0);
    this.#everyone = [...this.#ids.keys()];
  }
}

import { expect } from 'chai';
import fc from 'fast-check';
import { HashRing, RING_POSITIONS } from '../../../../src/scaling/balancing/hash-ring.ts';
import type { Candidate } from '../../../../src/scaling/balancing/policy.ts';
import { anyWeights, poolOf, poolOfSize, SEEDED, worstError } from './candidates.ts';

/** The slot of each position. */
function owners(pool: readonly Candidate[], ring = new HashRing()): number[] {
  ring.align(pool);
  return Array.from({ length: RING_POSITIONS }, (_, position) => (pool[ring.ownerAt(position)] as Candidate).slot);
}

describe('hash ring', () => {
  it('gives each slot positions by its weight, off by three standard deviations at the most', () => {
    fc.assert(
      fc.property(anyWeights, (weights) => {
        const counts = weights.map(() => 0);
        for (const slot of owners(poolOf(...weights.map((weight) => ({ weight })))))
          counts[slot] = (counts[slot] ?? 0) + 1;
        expect(worstError(counts, weights)).to.be.below((3 * 0.5) / Math.sqrt(RING_POSITIONS));
      }),
      { ...SEEDED, numRuns: 20 },
    );
  });

  it('takes from a joining slot’s rivals only what it gets, and gives it all back', () => {
    const five = poolOfSize(5);
    const four = five.slice(0, 4);
    const before = owners(four);
    const ring = new HashRing();
    const after = owners(five, ring);
    expect(after.every((slot, position) => slot === 4 || slot === before[position])).to.equal(true);
    expect(owners(four, ring)).to.deep.equal(before);
  });

  it('lets a slot’s overflow fall on all the others, not on one neighbour', () => {
    const ring = owners(poolOfSize(5));
    const next = new Map<number, number>();
    let positions = 0;
    for (let position = 0; position < RING_POSITIONS; position++) {
      if (ring[position] !== 0) continue;
      let follower = position;
      while (ring[follower % RING_POSITIONS] === 0) follower++;
      const slot = ring[follower % RING_POSITIONS] as number;
      next.set(slot, (next.get(slot) ?? 0) + 1);
      positions++;
    }
    expect([...next.values()].every((count) => Math.abs(count / positions - 1 / 4) < 0.03)).to.equal(true);
  });

  it('keeps positions when a process is replaced in its slot, and when the pool comes in another order', () => {
    const pool = poolOfSize(3);
    const ring = new HashRing();
    const before = owners(pool, ring);
    const replaced = pool.map((candidate) => (candidate.slot === 1 ? { ...candidate, id: 8 } : candidate));
    expect(owners(replaced, ring)).to.deep.equal(before);
    expect(owners([...replaced].reverse(), ring)).to.deep.equal(before);
  });

  it('gives the positions of a slot with two processes to the newer', () => {
    const [a, b] = poolOfSize(2) as [Candidate, Candidate];
    const newer = { ...b, id: 5 };
    for (const pool of [
      [a, b, newer],
      [newer, a, b],
    ]) {
      const ring = new HashRing();
      ring.align(pool);
      const ids = new Set(Array.from({ length: 500 }, (_, position) => pool[ring.ownerAt(position)]?.id));
      expect([...ids].sort()).to.deep.equal([1, 5]);
    }
  });

  it('wraps', () => {
    const ring = new HashRing();
    ring.align(poolOfSize(7));
    expect(ring.ownerAt(RING_POSITIONS + 3)).to.equal(ring.ownerAt(3));
    expect(ring.ownerAt(2 ** 32 + 5)).to.equal(ring.ownerAt(5));
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { ConsistentHash } from '../../../../src/scaling/balancing/consistent-hash.ts';
import {
  addresses,
  anyWeights,
  contextOf,
  hold,
  poolOf,
  poolOfSize,
  SEEDED,
  type TestCandidate,
} from './candidates.ts';

/** What Mirrokni, Thorup and Zadimoghaddam allow each worker once one more connection is given, by weight. */
function boundOf(pool: readonly TestCandidate[], picked: TestCandidate, factor: number): number {
  const total = pool.reduce((sum, { active }) => sum + active, 0);
  const weights = pool.reduce((sum, { weight }) => sum + weight, 0);
  return Math.ceil((factor * total * picked.weight) / weights);
}

describe('consistent-hash', () => {
  it('leaves each key where it was when another slot leaves, and moves at most 1/n + ε of the keys', () => {
    const policy = new ConsistentHash();
    const keys = addresses(4_000);
    for (const size of [2, 3, 8]) {
      const pool = poolOfSize(size);
      const before = keys.map((key) => policy.pick(pool, contextOf(1, key))?.slot);
      for (const gone of [0, size - 1]) {
        const rest = pool.filter(({ slot }) => slot !== gone);
        const after = keys.map((key) => policy.pick(rest, contextOf(1, key))?.slot);
        const moved = after.filter((slot, index) => slot !== before[index]).length;
        const orphans = before.filter((slot) => slot === gone).length;
        expect(moved).to.equal(orphans);
        expect(moved / keys.length).to.be.below(1 / size + 0.02);
      }
    }
  });

  it('never gives a worker more than its bound, whatever the weights and however few the clients', () => {
    fc.assert(
      fc.property(anyWeights, fc.integer({ min: 1, max: 5 }), fc.boolean(), (weights, clients, keyless) => {
        const pool = poolOf(...weights.map((weight) => ({ weight })));
        const policy = new ConsistentHash();
        for (let connection = 0; connection < 300; connection++) {
          const key = keyless && connection % 3 === 0 ? undefined : `client ${connection % clients}`;
          const picked = policy.pick(pool, contextOf(1, key)) as TestCandidate;
          picked.active++;
          expect(picked.active).to.be.at.most(boundOf(pool, picked, 1.25));
          // Now and then one closes, anywhere.
          if (connection % 4 === 3) {
            const closing = pool[(connection * 7) % pool.length] as TestCandidate;
            closing.active = Math.max(0, closing.active - 1);
          }
        }
      }),
      SEEDED,
    );
  });

  it('keeps one client together until its worker is full, then falls to the same next worker', () => {
    const pool = poolOfSize(4);
    const policy = new ConsistentHash();
    const context = contextOf(1, '203.0.113.7');
    const home = policy.pick(pool, context) as TestCandidate;
    for (const candidate of pool) candidate.active = 8;
    // With 11 of 35 it may get one more, since 1.25 × 36 / 4 = 11.25; with 12 of 36 not, since 1.25 × 37 / 4 = 11.56.
    home.active = 11;
    expect(policy.pick(pool, context)).to.equal(home);
    home.active = 12;
    const next = policy.pick(pool, context) as TestCandidate;
    expect(next).not.to.equal(home);
    expect(policy.pick(pool, context)).to.equal(next);
    home.active = 8;
    expect(policy.pick(pool, context)).to.equal(home);
  });

  it('takes the least loaded when only a process off the ring has room', () => {
    // Both of slot 0, so that the older is not on the ring; the newer is full: 1.25 × 101 / 2 = 63.
    const pool = poolOf({ slot: 0 }, { slot: 0, active: 100 });
    const policy = new ConsistentHash();
    for (const key of addresses(20)) expect(policy.pick(pool, contextOf(1, key))?.id).to.equal(1);
  });

  it('takes the least loaded when there is no key', () => {
    const pool = poolOf({ active: 2 }, { active: 0 }, { active: 1 });
    const policy = new ConsistentHash();
    for (let pick = 0; pick < 3; pick++) hold(policy.pick(pool, contextOf()) as TestCandidate);
    expect(pool.map(({ active }) => active)).to.deep.equal([2, 2, 2]);
  });
});

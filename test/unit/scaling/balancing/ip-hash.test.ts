import { expect } from 'chai';
import fc from 'fast-check';
import { IpHash } from '../../../../src/scaling/balancing/ip-hash.ts';
import { addresses, contextOf, countPicks, hold, poolOf, poolOfSize, SEEDED, worstError } from './candidates.ts';

describe('ip-hash', () => {
  it('gives a key the same slot each time, whatever the order and the load', () => {
    const pool = poolOfSize(5);
    fc.assert(
      fc.property(fc.string(), fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (key, order) => {
        const before = new IpHash().pick(pool, contextOf(1, key));
        const shuffled = order.map((index) => ({ ...pool[index], active: index * 100 })) as typeof pool;
        expect(new IpHash().pick(shuffled, contextOf(2, key))?.slot).to.equal(before?.slot);
      }),
      SEEDED,
    );
  });

  it('leaves each key where it was when another slot leaves, and moves 1/n of the keys at the most', () => {
    const pool = poolOfSize(5);
    const policy = new IpHash();
    for (const gone of pool) {
      const rest = pool.filter((candidate) => candidate !== gone);
      let moved = 0;
      for (const key of addresses(4_000)) {
        const before = policy.pick(pool, contextOf(1, key))?.slot;
        const after = policy.pick(rest, contextOf(1, key))?.slot;
        if (before === gone.slot) moved++;
        else expect(after).to.equal(before);
      }
      expect(moved / 4_000).to.be.below(1 / 5 + 0.02);
    }
  });

  it('gives a replaced worker’s clients to the new process of the slot', () => {
    const pool = poolOfSize(3);
    const key = addresses(100).find((address) => new IpHash().pick(pool, contextOf(1, address))?.slot === 1) as string;
    const replacement = poolOf({ id: 7, slot: 1 });
    const policy = new IpHash();
    expect(policy.pick([...pool, ...replacement], contextOf(1, key))?.id).to.equal(7);
    expect(policy.pick([...replacement, ...pool], contextOf(1, key))?.id).to.equal(7);
  });

  it('gives by weight', () => {
    const counts = countPicks(new IpHash(), poolOf({ weight: 1 }, { weight: 9 }), 20_000);
    expect(worstError(counts, [1, 9])).to.be.below(0.01);
  });

  it('takes the least loaded when there is no key', () => {
    const pool = poolOf({ active: 3 }, { active: 1 }, { active: 2 });
    const policy = new IpHash();
    for (let pick = 0; pick < 3; pick++) hold(policy.pick(pool, contextOf()) as (typeof pool)[number]);
    expect(pool.map(({ active }) => active)).to.deep.equal([3, 3, 3]);
  });
});

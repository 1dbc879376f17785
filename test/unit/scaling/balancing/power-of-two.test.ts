import { expect } from 'chai';
import fc from 'fast-check';
import { PowerOfTwo } from '../../../../src/scaling/balancing/power-of-two.ts';
import { betterOfTwo } from '../../../../src/scaling/balancing/two-choices.ts';
import { anyPool, contextOf, countPicks, hold, poolOf, poolOfSize, SEEDED, type TestCandidate } from './candidates.ts';

/** The two that were drawn, in the order in which their cost was asked, and the pick. */
function observe(pool: readonly TestCandidate[], cost: (candidate: TestCandidate) => number, seed: number) {
  const drawn = new Set<TestCandidate>();
  const picked = betterOfTwo(pool, contextOf(seed), (candidate) => {
    drawn.add(candidate as TestCandidate);
    return cost(candidate as TestCandidate);
  }) as TestCandidate;
  return { drawn: [...drawn], picked };
}

describe('two choices', () => {
  it('compares two different candidates and never picks the worse', () => {
    fc.assert(
      fc.property(anyPool, fc.integer(), (pool, seed) => {
        fc.pre(pool.length > 1);
        const { drawn, picked } = observe(pool, ({ active }) => active, seed);
        expect(drawn).to.have.length(2);
        expect(picked.active).to.equal(Math.min(...drawn.map(({ active }) => active)));
      }),
      SEEDED,
    );
  });

  it('draws by weight: the first as often as its weight says, the second among the others', () => {
    const pool = poolOf({ weight: 2 }, { weight: 1 }, { weight: 1 });
    const draw = (...numbers: number[]) => {
      const queue = [...numbers];
      return betterOfTwo(pool, { nowMs: 0, random: () => queue.shift() as number }, () => 0)?.id;
    };
    // A tie goes to the first drawn: [0, ½) is candidate 1, [½, ¾) is 2, [¾, 1) is 3.
    expect([0, 0.49, 0.5, 0.74, 0.75, 0.99].map((number) => draw(number, 0))).to.deep.equal([1, 1, 2, 2, 3, 3]);
  });

  it('survives rounding at the upper end of the random numbers', () => {
    const pool = poolOf({ weight: 0.1 }, { weight: 0.2 }, { weight: 0.3 });
    const picked = betterOfTwo(pool, { nowMs: 0, random: () => 1 }, () => 0);
    expect(picked?.id).to.equal(3);
  });
});

describe('power-of-two', () => {
  it('takes the less loaded of two by active connections per weight', () => {
    const pool = poolOf({ active: 5, weight: 5 }, { active: 2 });
    for (let seed = 0; seed < 20; seed++) expect(new PowerOfTwo().pick(pool, contextOf(seed))?.id).to.equal(1);
  });

  it('never picks the most loaded of a pool', () => {
    const pool = poolOf({ active: 1 }, { active: 2 }, { active: 9 });
    expect(countPicks(new PowerOfTwo(), pool, 1_000)[2]).to.equal(0);
  });

  it('keeps connections that stay nearly even', () => {
    const pool = poolOfSize(10);
    countPicks(new PowerOfTwo(), pool, 10_000, hold);
    expect(Math.max(...pool.map(({ active }) => active))).to.be.at.most(1_005);
  });
});

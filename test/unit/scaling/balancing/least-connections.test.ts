import { expect } from 'chai';
import fc from 'fast-check';
import { LeastConnections } from '../../../../src/scaling/balancing/least-connections.ts';
import { anyPool, countPicks, hold, poolOf, poolOfSize, SEEDED, type TestCandidate } from './candidates.ts';

describe('least-connections', () => {
  it('picks the fewest active connections per weight', () => {
    const pool = poolOf({ active: 4 }, { active: 9, weight: 3 }, { active: 8, weight: 2 });
    expect(new LeastConnections().pick(pool)?.id).to.equal(2);
  });

  it('never picks one for which there is a less loaded one', () => {
    const policy = new LeastConnections();
    fc.assert(
      fc.property(anyPool, (pool) => {
        const load = ({ active, weight }: { active: number; weight: number }): number => active / weight;
        expect(load(policy.pick(pool) as TestCandidate)).to.equal(Math.min(...pool.map(load)));
      }),
      SEEDED,
    );
  });

  it('drops earlier candidates when it finds a new minimum', () => {
    const policy = new LeastConnections();
    const pool = poolOf({ active: 2 }, { active: 2 }, { active: 1 }, { active: 3 }, { active: 1 });
    expect(countPicks(policy, pool, 10)).to.deep.equal([0, 0, 5, 0, 5]);
  });

  it('is a round-robin on an idle pool', () => {
    const policy = new LeastConnections();
    const pool = poolOfSize(4);
    expect(Array.from({ length: 6 }, () => policy.pick(pool)?.id)).to.deep.equal([1, 2, 3, 4, 1, 2]);
  });

  it('gives turns by weight on an idle pool', () => {
    expect(countPicks(new LeastConnections(), poolOf({ weight: 2 }, {}), 300)).to.deep.equal([200, 100]);
  });

  it('breaks ties evenly while the set of the tied keeps changing', () => {
    const policy = new LeastConnections();
    const pool = poolOfSize(3);
    const counts = [0, 0, 0];
    for (let round = 0; round < 3_000; round++) {
      // One of the three is busy in turn; the two others tie.
      for (const [index, candidate] of pool.entries()) candidate.active = index === round % 3 ? 1 : 0;
      const picked = policy.pick(pool)?.slot as number;
      counts[picked] = (counts[picked] as number) + 1;
    }
    expect(counts).to.deep.equal([1_000, 1_000, 1_000]);
  });

  it('keeps connections that stay within one of even', () => {
    const pool = poolOf({ active: 7 }, {}, {});
    countPicks(new LeastConnections(), pool, 32, hold);
    expect(pool.map(({ active }) => active)).to.deep.equal([13, 13, 13]);
  });
});

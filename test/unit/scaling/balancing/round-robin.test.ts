import { expect } from 'chai';
import fc from 'fast-check';
import type { Candidate } from '../../../../src/scaling/balancing/policy.ts';
import { RoundRobin } from '../../../../src/scaling/balancing/round-robin.ts';
import { anyWeights, countPicks, poolOf, poolOfSize, SEEDED } from './candidates.ts';

function sequence(policy: RoundRobin, pool: readonly Candidate[], length: number): string {
  return Array.from({ length }, () => 'abcdefgh'[policy.pick(pool)?.slot as number]).join('');
}

describe('round-robin', () => {
  it('takes turns in order', () => {
    expect(sequence(new RoundRobin(), poolOfSize(3), 7)).to.equal('abcabca');
  });

  it('spreads a heavy worker’s turns smoothly, as nginx does', () => {
    expect(sequence(new RoundRobin(), poolOf({ weight: 5 }, {}, {}), 14)).to.equal('aabacaaaabacaa');
  });

  it('gives each exactly its weight in every full cycle', () => {
    fc.assert(
      fc.property(anyWeights, fc.integer({ min: 1, max: 5 }), (weights, cycles) => {
        const cycle = weights.reduce((sum, weight) => sum + weight);
        const counts = countPicks(
          new RoundRobin('weighted'),
          poolOf(...weights.map((weight) => ({ weight }))),
          cycle * cycles,
        );
        expect(counts).to.deep.equal(weights.map((weight) => weight * cycles));
      }),
      SEEDED,
    );
  });

  it('keeps the turns fair when the pool’s order changes and when a worker joins', () => {
    const policy = new RoundRobin();
    const [a, b, c] = poolOfSize(3) as [Candidate, Candidate, Candidate];
    expect(sequence(policy, [a, b], 3)).to.equal('aba');
    expect(sequence(policy, [b, a], 1)).to.equal('b');
    expect(sequence(policy, [c, b, a], 6).split('').sort().join('')).to.equal('aabbcc');
  });

  it('alternates between the others, after one double turn at the most, when a worker leaves', () => {
    const policy = new RoundRobin();
    const [a, b, c] = poolOfSize(3) as [Candidate, Candidate, Candidate];
    expect(sequence(policy, [a, b, c], 4)).to.equal('abca');
    expect(sequence(policy, [a, c], 9)).to.equal('ccacacaca');
  });
});

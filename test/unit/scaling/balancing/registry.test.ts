import { expect } from 'chai';
import fc from 'fast-check';
import { LB_ALGORITHMS } from '../../../../config/schema.ts';
import { createPolicy, type PolicyName } from '../../../../src/scaling/balancing/registry.ts';
import { anyPool, contextOf, countPicks, hold, poolOf, poolOfSize, SEEDED, worstError } from './candidates.ts';

const NAMES = LB_ALGORITHMS.filter((name): name is PolicyName => name !== 'adaptive');

describe('createPolicy', () => {
  it('has a policy for every configurable algorithm but adaptive, under its name', () => {
    expect(NAMES.map((name) => createPolicy(name).name)).to.deep.equal(NAMES);
    expect(NAMES).to.have.length(7);
  });

  it('refuses an unknown name, names the allowed ones and carries a code', () => {
    for (const name of ['adaptive', 'leastconn', 'constructor', '']) {
      expect(() => createPolicy(name as PolicyName))
        .to.throw(
          `no balancing policy "${name}"; allowed are round-robin, weighted, least-connections, ip-hash, consistent-hash, power-of-two, peak-ewma.`,
        )
        .with.property('code', 'UNKNOWN_LB_ALGORITHM');
    }
  });

  it('refuses options out of range, with the value given and what is allowed', () => {
    expect(() => createPolicy('consistent-hash', { loadFactor: 1 }))
      .to.throw(RangeError, 'loadFactor is 1; allowed is a finite number above 1.')
      .with.property('code', 'LB_OPTION_OUT_OF_RANGE');
    expect(() => createPolicy('peak-ewma', { latencyDecayMs: Number.NaN })).to.throw('latencyDecayMs is NaN');
  });

  it('passes options on: a tight load factor keeps one client’s connections even', () => {
    const pool = poolOfSize(4);
    const policy = createPolicy('consistent-hash', { loadFactor: 1.01 });
    for (let pick = 0; pick < 400; pick++) {
      const picked = pool.find((candidate) => candidate === policy.pick(pool, contextOf(1, 'the same')));
      if (picked !== undefined) picked.active++;
    }
    expect(Math.max(...pool.map(({ active }) => active))).to.be.at.most(102);
  });
});

for (const name of NAMES) {
  describe(`every policy: ${name}`, () => {
    it('has no pick from an empty pool, with a key or without, before and after others', () => {
      const policy = createPolicy(name);
      expect(policy.pick([], contextOf())).to.equal(undefined);
      policy.pick(poolOfSize(3), contextOf(1, 'a'));
      expect(policy.pick([], contextOf(1, 'a'))).to.equal(undefined);
    });

    it('always picks a single candidate, whatever its load', () => {
      const policy = createPolicy(name);
      const only = poolOf({ active: 1_000, latencyMs: 5_000, weight: 3 });
      expect(countPicks(policy, only, 20, hold)).to.deep.equal([20]);
      expect(policy.pick(only, contextOf())).to.equal(only[0]);
    });

    it('picks one of the pool and changes none of it', () => {
      const policy = createPolicy(name);
      fc.assert(
        fc.property(anyPool, fc.string(), (pool, key) => {
          const frozen = pool.map((candidate) => Object.freeze({ ...candidate }));
          expect(frozen).to.include(policy.pick(frozen, contextOf(1, key)));
          expect(frozen).to.include(policy.pick(frozen, contextOf(2)));
        }),
        SEEDED,
      );
    });

    it('spreads over an idle pool of equals within 1 % of all picks', () => {
      for (const size of [2, 3, 8]) {
        const counts = countPicks(createPolicy(name), poolOfSize(size), 40_000);
        expect(
          worstError(
            counts,
            poolOfSize(size).map(() => 1),
          ),
        ).to.be.below(0.01);
      }
    });

    it('honours weights within 1 % of all picks', () => {
      for (const weights of [
        [1, 2],
        [5, 1, 1],
        [3, 1, 4, 2],
      ]) {
        const pool = poolOf(...weights.map((weight) => ({ weight })));
        expect(worstError(countPicks(createPolicy(name), pool, 40_000, hold), weights)).to.be.below(0.01);
      }
    });

    it('never picks who has left the pool, and takes in who has joined', () => {
      const policy = createPolicy(name);
      const pool = poolOfSize(4);
      countPicks(policy, pool, 100);
      const [first, , third, fourth] = pool as [object, object, object, object];
      const changed = [first, third, fourth, { ...poolOf({})[0], id: 9, slot: 4 }] as typeof pool;
      const counts = countPicks(policy, changed, 4_000);
      expect(Math.min(...counts)).to.be.above(800);
      expect(counts.reduce((sum, count) => sum + count)).to.equal(4_000);
    });
  });
}

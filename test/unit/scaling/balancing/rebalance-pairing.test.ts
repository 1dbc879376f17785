import { expect } from 'chai';
import fc from 'fast-check';
import { bestPair, moveOne, type Pair, type Participant } from '../../../../src/scaling/balancing/rebalance-pairing.ts';
import { SEEDED } from './candidates.ts';

/** Workers with so much load on so many movable connections. */
function participants(...differences: Partial<Participant>[]): Participant[] {
  return differences.map((difference, index) => ({
    id: index + 1,
    weight: 1,
    load: 0,
    perConnection: 1,
    movable: 10,
    mayGive: true,
    mayReceive: true,
    net: 0,
    ...difference,
  }));
}

function idsOf(pair: Pair | undefined): [number, number] | undefined {
  return pair && [pair.from.id, pair.to.id];
}

describe('bestPair', () => {
  it('is the busiest and the least busy', () => {
    expect(idsOf(bestPair(participants({ load: 5 }, { load: 9 }, { load: 2 }, { load: 7 })))).to.deep.equal([2, 3]);
  });

  it('leaves out who may not give or receive, has nothing to give, or did the opposite in this round', () => {
    expect(
      idsOf(
        bestPair(participants({ load: 9, mayGive: false }, { load: 7 }, { load: 0, mayReceive: false }, { load: 1 })),
      ),
    ).to.deep.equal([2, 4]);
    expect(idsOf(bestPair(participants({ load: 9, movable: 0 }, { load: 7 }, { load: 1 })))).to.deep.equal([2, 3]);
    expect(
      idsOf(bestPair(participants({ load: 9, net: 1 }, { load: 7 }, { load: 0, net: -1 }, { load: 1 }))),
    ).to.deep.equal([2, 4]);
  });

  it('is none where one connection would only turn the difference round', () => {
    expect(bestPair(participants({ load: 100, perConnection: 100, movable: 1 }, {}))).to.equal(undefined);
    expect(bestPair(participants({ load: 3 }, { load: 2 }))).to.equal(undefined);
    expect(idsOf(bestPair(participants({ load: 3 }, { load: 1 })))).to.deep.equal([1, 2]);
  });

  it('passes over a worker that is busy by one hot connection', () => {
    expect(
      idsOf(bestPair(participants({ load: 100, perConnection: 100, movable: 1 }, { load: 40 }, {}))),
    ).to.deep.equal([2, 3]);
  });

  it('is none without anybody to receive, or without anybody', () => {
    expect(bestPair(participants({ load: 9, mayReceive: false }))).to.equal(undefined);
    expect(bestPair([])).to.equal(undefined);
    expect(bestPair(participants({ load: 9 }))).to.equal(undefined);
  });

  it('goes by load per weight', () => {
    // One connection more is a load of ½ for the heavy worker.
    const pool = participants({ load: 4, weight: 2 }, { load: 6 }, { load: 5, weight: 2 });
    const pair = bestPair(pool) as Pair;
    moveOne(pair);
    expect(pool.map(({ load }) => load)).to.deep.equal([4.5, 5, 5]);
  });

  it('never makes the receiver busier than the giver, and ends', () => {
    const worker = fc.record({
      load: fc.integer({ min: 0, max: 1_000 }),
      perConnection: fc.integer({ min: 1, max: 50 }),
      movable: fc.integer({ min: 0, max: 40 }),
      weight: fc.constantFrom(0.5, 1, 2),
    });
    fc.assert(
      fc.property(fc.array(worker, { minLength: 2, maxLength: 6 }), (differences) => {
        const pool = participants(...differences);
        const connections = pool.reduce((sum, { movable }) => sum + movable, 0);
        let moves = 0;
        for (let pair = bestPair(pool); pair !== undefined; pair = bestPair(pool)) {
          const highest = Math.max(...pool.map(({ load }) => load));
          moveOne(pair);
          expect(pair.to.load).to.be.at.most(pair.from.load);
          expect(Math.max(...pool.map(({ load }) => load))).to.be.at.most(highest);
          expect(++moves).to.be.at.most(connections);
        }
        expect(pool.reduce((sum, { net }) => sum + net, 0)).to.equal(0);
      }),
      SEEDED,
    );
  });
});

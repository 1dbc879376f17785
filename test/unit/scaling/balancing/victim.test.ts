import { expect } from 'chai';
import fc from 'fast-check';
import { chooseVictims, type StopCandidate } from '../../../../src/scaling/balancing/victim.ts';
import { SEEDED } from './candidates.ts';

const worker = (id: number, difference: Partial<StopCandidate> = {}): StopCandidate => ({
  id,
  readyAtMs: id * 1_000,
  websockets: 0,
  inFlight: 0,
  ...difference,
});

function idsOf(workers: readonly StopCandidate[], count = workers.length): number[] {
  return chooseVictims(workers, count).map(({ id }) => id);
}

describe('chooseVictims', () => {
  it('takes those still starting first, the latest first', () => {
    expect(
      idsOf([worker(1), worker(2, { readyAtMs: null, inFlight: 9 }), worker(3, { readyAtMs: null })]),
    ).to.deep.equal([3, 2, 1]);
  });

  it('goes by WebSockets before requests in flight', () => {
    const workers = [
      worker(1, { websockets: 2 }),
      worker(2, { websockets: 1, inFlight: 50 }),
      worker(3, { websockets: 3 }),
    ];
    expect(idsOf(workers, 2)).to.deep.equal([2, 1]);
  });

  it('goes by requests in flight before age', () => {
    expect(
      idsOf([worker(1, { inFlight: 1 }), worker(2, { inFlight: 2 }), worker(3, { inFlight: 3 })], 1),
    ).to.deep.equal([1]);
  });

  it('takes the youngest of equals, and of those the one of the higher id', () => {
    expect(idsOf([worker(1), worker(2), worker(3)], 1)).to.deep.equal([3]);
    expect(idsOf([worker(1, { readyAtMs: 5 }), worker(2, { readyAtMs: 5 })], 1)).to.deep.equal([2]);
  });

  it('takes none, or all, when told to, and leaves the list as it was', () => {
    const workers = Object.freeze([worker(1), worker(2)]);
    expect(idsOf(workers, 0)).to.deep.equal([]);
    expect(idsOf(workers, -1)).to.deep.equal([]);
    expect(idsOf(workers, 5)).to.deep.equal([2, 1]);
    expect(workers.map(({ id }) => id)).to.deep.equal([1, 2]);
  });

  it('chooses the same, and of fewer a part, whatever the order given', () => {
    const arbitrary = fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 99 }),
        readyAtMs: fc.option(fc.integer({ min: 0, max: 3 })),
        websockets: fc.integer({ min: 0, max: 2 }),
        inFlight: fc.integer({ min: 0, max: 2 }),
      }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 0, max: 8 }), (workers, count) => {
        const all = idsOf(workers);
        expect(idsOf([...workers].reverse(), count)).to.deep.equal(all.slice(0, count));
      }),
      SEEDED,
    );
  });
});

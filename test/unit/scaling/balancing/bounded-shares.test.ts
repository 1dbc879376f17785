import { expect } from 'chai';
import fc from 'fast-check';
import { boundedShares, MAX_OF_FAIR, MIN_OF_FAIR } from '../../../../src/scaling/balancing/bounded-shares.ts';
import { SEEDED } from './candidates.ts';

const EXACT = 1e-9;

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).to.have.length(expected.length);
  for (const [index, value] of expected.entries()) expect(actual[index]).to.be.closeTo(value, EXACT);
}

describe('boundedShares', () => {
  it('gives the fair shares when all factors are equal', () => {
    expectClose(boundedShares([0.5, 0.3, 0.2], [7, 7, 7]), [0.5, 0.3, 0.2]);
  });

  it('gives fair × factor, normalized, while no limit is touched', () => {
    expectClose(boundedShares([0.25, 0.25, 0.5], [2, 1, 1]), [0.4, 0.2, 0.4]);
  });

  it('stops at a quarter of the fair share below', () => {
    expectClose(boundedShares([0.5, 0.5], [9, 1]), [0.875, 0.125]);
    expectClose(boundedShares([0.25, 0.25, 0.25, 0.25], [1, 1, 1, 1e-6]), [0.3125, 0.3125, 0.3125, 0.0625]);
  });

  it('stops at three times the fair share above', () => {
    const fair = new Array<number>(8).fill(1 / 8);
    expectClose(boundedShares(fair, [1e6, 1, 1, 1, 1, 1, 1, 1]), [3 / 8, ...new Array<number>(7).fill(5 / 56)]);
  });

  it('always sums to 1, keeps the limits and the order of the factors', () => {
    const worker = fc.record({
      weight: fc.integer({ min: 1, max: 100 }),
      factor: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(worker, { minLength: 1, maxLength: 12 }), (workers) => {
        const total = workers.reduce((sum, { weight }) => sum + weight, 0);
        const fair = workers.map(({ weight }) => weight / total);
        const shares = boundedShares(
          fair,
          workers.map(({ factor }) => factor),
        );
        expect(shares.reduce((sum, share) => sum + share)).to.be.closeTo(1, EXACT);
        const ofFair = shares.map((share, index) => share / (fair[index] as number));
        for (const [index, ratio] of ofFair.entries()) {
          expect(ratio).to.be.within(MIN_OF_FAIR - EXACT, MAX_OF_FAIR + EXACT);
          for (const [other, { factor }] of workers.entries()) {
            if (factor > (workers[index]?.factor as number)) expect(ofFair[other]).to.be.at.least(ratio - EXACT);
          }
        }
      }),
      SEEDED,
    );
  });
});

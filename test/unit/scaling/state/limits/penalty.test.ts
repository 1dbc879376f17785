import { expect } from 'chai';
import { crossed, penaltyMs } from '../../../../../src/scaling/state/limits/penalty.ts';

describe('the penalty of a progressive limit', () => {
  it('doubles with each offence up to its longest', () => {
    const options = { firstMs: 1000, longestMs: 10_000 };
    const penalties = [1, 2, 3, 4, 5, 6, 2000].map((offences) => penaltyMs(offences, options));
    expect(penalties).to.deep.equal([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it('is due once for each time the limit is crossed, however big the hits are', () => {
    // Limit 5, hits of 1, 3, 3 and 3: the counts after them are 1, 4, 7, 10.
    const hits: readonly (readonly [consumed: number, points: number])[] = [
      [1, 1],
      [4, 3],
      [7, 3],
      [10, 3],
    ];
    expect(hits.map(([consumed, points]) => crossed(consumed, points, 5))).to.deep.equal([false, false, true, false]);
  });
});

import { expect } from 'chai';
import { deviationFromEven, estimate, median, ratios, seededRandom } from '../../../benchmarks/statistics.ts';

describe('statistics of the benchmark', () => {
  it('take the middle value, or the mean of the middle two, whatever the order', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([10, 4, 1, 2])).to.equal(3);
    expect(median([7])).to.equal(7);
  });

  it('refuse the median of nothing', () => {
    expect(() => median([])).to.throw(RangeError, 'the median of no values');
  });

  it('leave the values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).to.deep.equal([3, 1, 2]);
  });

  it('pair ratios round by round', () => {
    expect(ratios([10, 30], [5, 10])).to.deep.equal([2, 3]);
  });

  it('refuse to pair rounds that do not belong together', () => {
    expect(() => ratios([1, 2], [1])).to.throw(RangeError, '2 values against 1');
  });

  it('say how far a worker is from its even part', () => {
    expect(deviationFromEven([100, 100])).to.equal(0);
    expect(deviationFromEven([120, 100, 80])).to.be.closeTo(0.2, 1e-12);
    expect(deviationFromEven([90, 90, 90, 130])).to.be.closeTo(0.3, 1e-12);
    expect(deviationFromEven([0, 0])).to.equal(0);
    expect(deviationFromEven([])).to.equal(0);
  });

  it('draw numbers that repeat with the seed, lie in [0, 1) and fill it evenly', () => {
    const first = seededRandom(42);
    const second = seededRandom(42);
    const other = seededRandom(43);
    const tenths = new Array<number>(10).fill(0);
    let equalToOther = 0;
    for (let index = 0; index < 10_000; index += 1) {
      const value = first();
      expect(value).to.equal(second());
      if (value === other()) equalToOther += 1;
      const tenth = Math.floor(value * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(tenths).to.have.length(10);
    expect(Math.min(...tenths)).to.be.above(900);
    expect(equalToOther).to.be.below(10);
  });
});

describe('the bootstrap interval', () => {
  it('is a point when all rounds agree', () => {
    expect(estimate([1.5, 1.5, 1.5], seededRandom(1))).to.deep.equal({ median: 1.5, low: 1.5, high: 1.5 });
  });

  it('repeats with the seed', () => {
    const values = [1, 1.1, 0.9, 1.2, 0.95, 1.05, 1, 1.02];
    expect(estimate(values, seededRandom(7))).to.deep.equal(estimate(values, seededRandom(7)));
  });

  it('holds the median, within the values, and is not moved by one outlier', () => {
    const values = [1, 1.1, 0.9, 1.2, 0.95, 1.05, 1, 1.02, 0.98, 1.01, 50];
    const { median: middle, low, high } = estimate(values, seededRandom(7));
    expect(middle).to.equal(1.01);
    expect(low).to.be.within(0.9, 1.01);
    expect(high).to.be.within(1.01, 1.2);
  });

  it('narrows with the number of rounds', () => {
    const random = seededRandom(3);
    const width = (count: number): number => {
      const { low, high } = estimate(Array.from({ length: count }, random), random);
      return high - low;
    };
    expect(width(400)).to.be.below(width(12) / 2);
  });

  it('covers the true median in about 95 of 100 runs', () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let run = 0; run < 60; run += 1) {
      const { low, high } = estimate(Array.from({ length: 15 }, random), random);
      if (low <= 0.5 && 0.5 <= high) covered += 1;
    }
    expect(covered / 60).to.be.within(0.88, 1);
  });
});

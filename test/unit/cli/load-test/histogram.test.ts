import { expect } from 'chai';
import fc from 'fast-check';
import { Histogram } from '../../../../src/cli/load-test/histogram.ts';

function histogram(values: readonly number[]): Histogram {
  const result = new Histogram();
  for (const value of values) result.record(value);
  return result;
}

describe('the histogram of a load test', () => {
  const times = fc.array(fc.double({ min: 0.001, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 });

  it('gives every percentile by the nearest rank, within a thousandth', () => {
    fc.assert(
      fc.property(times, fc.constantFrom(1, 50, 90, 99, 99.9, 100), (values, percent) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] as number;
        const found = histogram(values).percentileMs(percent);
        // Half a microsecond is lost to rounding.
        expect(Math.abs(found - exact)).to.be.at.most(exact * 0.001 + 0.0006);
      }),
    );
  });

  it('is the same put together from parts', () => {
    fc.assert(
      fc.property(times, times, (first, second) => {
        const together = histogram([...first, ...second]);
        const merged = histogram(first);
        merged.add(JSON.parse(JSON.stringify(histogram(second).data())));
        expect(merged.data()).to.deep.equal(together.data());
      }),
    );
  });

  it('knows the least, the most and the mean exactly', () => {
    const { minMs, maxMs, meanMs, count } = histogram([1, 2, 6, 1_000.5]);
    expect({ minMs, maxMs, meanMs, count }).to.deep.equal({ minMs: 1, maxMs: 1_000.5, meanMs: 252.375, count: 4 });
  });

  it('is all zeros while it is empty, and stays so when nothing is added', () => {
    const empty = new Histogram();
    empty.add(new Histogram().data());
    const { minMs, maxMs, meanMs, count } = empty;
    expect([minMs, maxMs, meanMs, count, empty.percentileMs(99)]).to.deep.equal([0, 0, 0, 0, 0]);
  });
});

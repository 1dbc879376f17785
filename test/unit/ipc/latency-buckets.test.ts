import { expect } from 'chai';
import fc from 'fast-check';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKET_COUNT, latencyBucketIndex } from '../../../src/ipc/latency-buckets.ts';
import { SEEDED } from '../scaling/balancing/candidates.ts';

const LAST_BOUND_MS = 100_000;

describe('latency buckets', () => {
  it('are ten a decade from 0.1 ms to 100 s, and one for what is above', () => {
    expect(LATENCY_BOUNDS_MS.slice(0, 11)).to.deep.equal([0.1, 0.125, 0.16, 0.2, 0.25, 0.315, 0.4, 0.5, 0.63, 0.8, 1]);
    expect(LATENCY_BOUNDS_MS).to.have.length(61);
    expect(LATENCY_BOUNDS_MS.at(-1)).to.equal(LAST_BOUND_MS);
    expect(LATENCY_BUCKET_COUNT).to.equal(62);
  });

  it('contain the usual bounds of Prometheus, written as people write them', () => {
    for (const bound of [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]) {
      expect(LATENCY_BOUNDS_MS).to.include(bound);
    }
  });

  it('rise by at most 28 % from bound to bound, which limits the error of a percentile', () => {
    const steps = LATENCY_BOUNDS_MS.slice(1).map((bound, index) => bound / (LATENCY_BOUNDS_MS[index] as number));
    expect(Math.min(...steps)).to.be.above(1);
    expect(Math.max(...steps)).to.be.closeTo(1.28, 1e-9);
  });

  it('have inclusive upper bounds', () => {
    for (const [index, bound] of LATENCY_BOUNDS_MS.entries()) {
      expect(latencyBucketIndex(bound)).to.equal(index);
      expect(latencyBucketIndex(bound * (1 + 1e-9))).to.equal(index + 1);
    }
  });

  it('hold every latency between the bound below it and its own', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 * LAST_BOUND_MS, noNaN: true }), (latencyMs) => {
        const index = latencyBucketIndex(latencyMs);
        expect(latencyMs).to.be.above(LATENCY_BOUNDS_MS[index - 1] ?? -1);
        expect(latencyMs).to.be.at.most(LATENCY_BOUNDS_MS[index] ?? Number.POSITIVE_INFINITY);
      }),
      { ...SEEDED, numRuns: 1_000 },
    );
  });

  it('take in what no clock should tell', () => {
    expect(latencyBucketIndex(0)).to.equal(0);
    expect(latencyBucketIndex(-1)).to.equal(0);
    expect(latencyBucketIndex(Number.POSITIVE_INFINITY)).to.equal(LATENCY_BUCKET_COUNT - 1);
    expect(latencyBucketIndex(Number.NaN)).to.equal(LATENCY_BUCKET_COUNT - 1);
  });
});

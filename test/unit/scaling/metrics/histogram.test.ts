import { expect } from 'chai';
import { LATENCY_BUCKET_COUNT } from '../../../../src/ipc/latency-buckets.ts';
import {
  addCounts,
  countOf,
  countsSince,
  emptyCounts,
  percentileMs,
} from '../../../../src/scaling/metrics/histogram.ts';
import { latencies } from '../fixtures/cluster-fixtures.ts';

describe('histograms', () => {
  it('add up bucket by bucket', () => {
    const sum = latencies(1, 10);
    addCounts(sum, latencies(10, 100));
    expect(sum).to.deep.equal(latencies(1, 10, 10, 100));
  });

  it('tell what came in between two readings', () => {
    expect(countsSince(latencies(1, 10), latencies(1, 10, 10, 100))).to.deep.equal(latencies(10, 100));
  });

  it('take a count that fell for none', () => {
    expect(countsSince(latencies(1, 1), latencies(1))).to.deep.equal(emptyCounts());
  });

  it('have a bucket for every bound and one for what is above', () => {
    expect(emptyCounts()).to.have.length(LATENCY_BUCKET_COUNT);
    expect(countOf(latencies(0, 5, 1e9))).to.equal(3);
  });

  it('have no percentile when they are empty', () => {
    expect(percentileMs(emptyCounts(), 0.95)).to.equal(null);
  });

  it('interpolate a percentile within its bucket', () => {
    // 100 requests between 8 and 10 ms: the 50th is half-way, the 95th at 8 + 0.95 × 2.
    const counts = latencies(...new Array<number>(100).fill(9));
    expect(percentileMs(counts, 0.5)).to.be.closeTo(9, 1e-9);
    expect(percentileMs(counts, 0.95)).to.be.closeTo(9.9, 1e-9);
  });

  it('find a percentile across buckets', () => {
    const counts = latencies(...new Array<number>(90).fill(1), ...new Array<number>(10).fill(100));
    expect(percentileMs(counts, 0.9)).to.be.closeTo(1, 1e-9);
    expect(percentileMs(counts, 0.95)).to.be.closeTo(90, 1e-9);
    expect(percentileMs(counts, 1)).to.be.closeTo(100, 1e-9);
  });

  it('begin at zero in the lowest bucket, and end at the last bound', () => {
    expect(percentileMs(latencies(0.05, 0.05), 0.5)).to.be.closeTo(0.05, 1e-9);
    expect(percentileMs(latencies(1e9), 0.99)).to.equal(100_000);
  });
});

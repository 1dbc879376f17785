import { expect } from 'chai';
import { LatencyWindow } from '../../../../src/app/services/latency-window.ts';

describe('a latency window', () => {
  const WINDOW_MS = 60_000;
  const EMPTY = { count: 0, meanMs: null, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };

  it('has no figures before the first request', () => {
    expect(new LatencyWindow(WINDOW_MS, 0).summary(0)).to.deep.equal(EMPTY);
  });

  it('gives percentiles of what was recorded', () => {
    const latencies = new LatencyWindow(WINDOW_MS, 0);
    for (let ms = 1; ms <= 100; ms += 1) latencies.record(ms, 0);
    const summary = latencies.summary(0);
    expect(summary.count).to.equal(100);
    expect(summary.meanMs).to.be.closeTo(50.5, 0.05);
    expect(summary.p50Ms).to.be.closeTo(50, 0.05);
    expect(summary.p95Ms).to.be.closeTo(95, 0.1);
    expect(summary.p99Ms).to.be.closeTo(99, 0.1);
    expect(summary.maxMs).to.be.closeTo(100, 0.1);
  });

  it('keeps a request for one to two windows, then forgets it', () => {
    const latencies = new LatencyWindow(WINDOW_MS, 0);
    latencies.record(10, 59_999);
    expect(latencies.summary(60_000).count).to.equal(1);
    latencies.record(20, 60_000);
    expect(latencies.summary(119_999).count).to.equal(2);
    expect(latencies.summary(120_000).count).to.equal(1);
    expect(latencies.summary(120_000).maxMs).to.be.closeTo(20, 0.02);
    expect(latencies.summary(180_000)).to.deep.equal(EMPTY);
  });

  it('forgets everything after a long silence', () => {
    const latencies = new LatencyWindow(WINDOW_MS, 0);
    latencies.record(10, 0);
    latencies.record(10, 100_000);
    expect(latencies.summary(1_000_000)).to.deep.equal(EMPTY);
  });

  it('takes what lies outside its range as the nearest it can hold', () => {
    const latencies = new LatencyWindow(WINDOW_MS, 0);
    latencies.record(0, 0);
    expect(latencies.summary(0).maxMs).to.equal(0.001);
    latencies.record(1e12, 0);
    expect(latencies.summary(0).maxMs).to.be.closeTo(1_000_000, 1_000);
  });
});

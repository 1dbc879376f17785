import { expect } from 'chai';
import { retryDelayMs } from '../../../../../src/scaling/state/jobs/backoff.ts';

describe('the pause before another attempt', () => {
  const backoff = { delayMs: 100, maxDelayMs: 1_000, jitter: 0 };

  it('doubles with each failure, up to its maximum', () => {
    expect([1, 2, 3, 4, 5, 60, 5_000].map((failures) => retryDelayMs(backoff, failures, 0.5))).to.deep.equal([
      100, 200, 400, 800, 1_000, 1_000, 1_000,
    ]);
  });

  it('is shortened by up to its jitter', () => {
    expect([0, 0.5, 1].map((random) => retryDelayMs({ ...backoff, jitter: 0.2 }, 1, random))).to.deep.equal([
      100, 90, 80,
    ]);
  });

  it('can be none', () => {
    expect(retryDelayMs({ delayMs: 0, maxDelayMs: 0, jitter: 1 }, 5_000, 0)).to.equal(0);
  });
});

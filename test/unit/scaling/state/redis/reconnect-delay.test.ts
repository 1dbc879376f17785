import { expect } from 'chai';
import { reconnectDelayMs } from '../../../../../src/scaling/state/redis/reconnect-delay.ts';

describe('the delay before Redis is tried again', () => {
  it('doubles from 25 ms to 400 ms', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 1_000_000].map((attempt) => reconnectDelayMs(attempt, 0));
    expect(delays).to.deep.equal([25, 50, 100, 200, 400, 400, 400, 400]);
  });

  it('has up to a half more at random, so that workers come one after the other', () => {
    expect(reconnectDelayMs(1, 0.999)).to.equal(37);
    expect(reconnectDelayMs(9, 0.5)).to.equal(500);
    expect(reconnectDelayMs(9, 0.999)).to.equal(600);
  });
});

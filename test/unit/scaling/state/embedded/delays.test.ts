import { expect } from 'chai';
import { reconnectDelayMs } from '../../../../../src/scaling/state/embedded/reconnect-delay.ts';
import { deathsInARow, restartDelayMs } from '../../../../../src/scaling/state/embedded/restart-delay.ts';

describe('the delays around the store process', () => {
  it('double between connection tries up to 100 ms, less up to half at random', () => {
    expect([0, 1, 2, 3, 4, 50].map((attempt) => reconnectDelayMs(attempt, 0))).to.deep.equal([
      10, 20, 40, 80, 100, 100,
    ]);
    expect(reconnectDelayMs(4, 1)).to.equal(50);
  });

  it('double between restarts up to 5 s', () => {
    expect([1, 2, 3, 7, 8, 50].map(restartDelayMs)).to.deep.equal([50, 100, 200, 3200, 5000, 5000]);
  });

  it('begin anew after a process that has lived a minute', () => {
    expect(deathsInARow(4, 59_999)).to.equal(5);
    expect(deathsInARow(4, 60_000)).to.equal(1);
  });
});

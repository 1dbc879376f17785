import { expect } from 'chai';
import { type Tick, ticks } from '../../../../src/app/services/tick-stream.ts';

describe('a tick stream', () => {
  it('yields one tick at once and then one a second, and ends a second after the last', async () => {
    const log: (Tick | number)[] = [];
    const wait = async (ms: number): Promise<void> => {
      log.push(ms);
    };
    for await (const tick of ticks(2, wait, new AbortController().signal)) log.push(tick);
    expect(log).to.deep.equal([{ tick: 1, of: 2 }, 1_000, { tick: 2, of: 2 }, 1_000]);
  });

  it('ends with the error of the wait that was broken off', async () => {
    const brokenOff = new Error('aborted');
    const seen: number[] = [];
    let caught: unknown;
    try {
      for await (const { tick } of ticks(5, () => Promise.reject(brokenOff), new AbortController().signal))
        seen.push(tick);
    } catch (error) {
      caught = error;
    }
    expect(caught).to.equal(brokenOff);
    expect(seen).to.deep.equal([1]);
  });
});

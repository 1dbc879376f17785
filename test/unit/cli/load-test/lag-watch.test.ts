import { expect } from 'chai';
import { watchLag } from '../../../../src/cli/load-test/lag-watch.ts';

describe('the watch over a load generator’s own delays', () => {
  it('notes how long the process was busy with something else, and ends when it is told to', async () => {
    const late: number[] = [];
    const over = new AbortController();
    watchLag({ wasLate: (ms) => late.push(ms) }, over.signal);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    while (late.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(late[0]).to.be.at.least(75);
    over.abort();
    const count = late.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(late).to.have.lengthOf(count);
  });
});

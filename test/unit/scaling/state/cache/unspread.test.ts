import { expect } from 'chai';
import type { Target } from '../../../../../src/scaling/state/cache/index.ts';
import { Unspread } from '../../../../../src/scaling/state/cache/unspread.ts';

const LONG_MS = 3_600_000;

describe('Unspread', () => {
  /** When everything that is due now has been tried. */
  const tried = (): Promise<void> => new Promise(setImmediate);

  it('does what is due in order, each once, and blocks until then', async () => {
    const done: Target[] = [];
    const unspread = new Unspread(
      async (target) => void done.push(target),
      () => true,
      LONG_MS,
    );
    expect(unspread.blocks()).to.equal(false);
    unspread.add({ key: 'a' });
    unspread.add({ tag: 'b' });
    unspread.add({ key: 'a' });
    expect(unspread.blocks()).to.equal(true);
    await tried();
    expect(done).to.deep.equal([{ key: 'a' }, { tag: 'b' }]);
    expect(unspread.blocks()).to.equal(false);
    unspread.close();
  });

  it('neither blocks nor tries what is not due', async () => {
    let isDue = false;
    let runs = 0;
    const unspread = new Unspread(
      async () => {
        runs += 1;
      },
      () => isDue,
      LONG_MS,
    );
    unspread.add({ key: 'a' });
    expect(unspread.blocks()).to.equal(false);
    await tried();
    expect(runs).to.equal(0);
    isDue = true;
    expect(unspread.blocks()).to.equal(true);
    await tried();
    expect([runs, unspread.size]).to.deep.equal([1, 0]);
    unspread.close();
  });

  it('keeps what failed, and what was asked for again while it was being done', async () => {
    let release = (): void => undefined;
    let runs = 0;
    const spread = (): Promise<void> => {
      runs += 1;
      if (runs === 1) return Promise.reject(new Error('away'));
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    const unspread = new Unspread(spread, () => true, LONG_MS);
    unspread.add({ key: 'a' });
    unspread.blocks();
    await tried();
    expect(unspread.size).to.equal(1);
    unspread.blocks();
    unspread.add({ key: 'a' });
    release();
    await tried();
    expect([runs, unspread.size]).to.deep.equal([2, 1]);
    unspread.close();
  });

  it('tries by itself after a while', async () => {
    const done = new Promise<Target>((resolve) => {
      new Unspread(
        async (target) => resolve(target),
        () => true,
        1,
      ).add({ user: '7' });
    });
    expect(await done).to.deep.equal({ user: '7' });
  });

  it('puts more than 1,000 together into one for everything', async () => {
    const done: Target[] = [];
    const unspread = new Unspread(
      async (target) => void done.push(target),
      () => true,
      LONG_MS,
    );
    for (let index = 0; index < 1_005; index += 1) unspread.add({ key: `${index}` });
    expect(unspread.size).to.equal(1);
    unspread.blocks();
    await tried();
    expect(done).to.deep.equal([{ pattern: '*' }]);
    unspread.close();
  });
});

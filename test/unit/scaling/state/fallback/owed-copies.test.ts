import { expect } from 'chai';
import { OwedCopies } from '../../../../../src/scaling/state/fallback/owed-copies.ts';

describe('OwedCopies', () => {
  let wakes: (() => void)[];
  let copied: string[];
  let failing: Set<string>;
  let owed: OwedCopies;

  beforeEach(() => {
    wakes = [];
    copied = [];
    failing = new Set();
    const clock = {
      nowMs: () => 0,
      after: (_delayMs: number, wake: () => void) => {
        wakes.push(wake);
        return () => {
          wakes = wakes.filter((other) => other !== wake);
        };
      },
    };
    owed = new OwedCopies(async (key) => {
      if (failing.has(key)) throw new Error('Redis is away');
      copied.push(key);
    }, clock);
  });

  const round = async (): Promise<void> => {
    wakes.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('are made soon, each once', async () => {
    for (const key of ['a', 'b', 'a']) owed.add(key);
    expect([copied, wakes.length]).to.deep.equal([[], 1]);
    await round();
    expect([copied, owed.count, wakes.length]).to.deep.equal([['a', 'b'], 0, 0]);
  });

  it('are tried again where one could not be made', async () => {
    failing.add('b');
    owed.add('a');
    owed.add('b');
    await round();
    expect([copied, owed.count]).to.deep.equal([['a'], 1]);
    failing.clear();
    await round();
    expect([copied, owed.count]).to.deep.equal([['a', 'b'], 0]);
  });

  it('are made some at a time', async () => {
    for (let key = 0; key < 100; key += 1) owed.add(String(key));
    await round();
    expect([copied.length, owed.count]).to.deep.equal([64, 36]);
    await round();
    expect([copied.length, owed.count]).to.deep.equal([100, 0]);
  });

  it('are given up at the end', () => {
    owed.add('a');
    owed.end();
    owed.add('b');
    expect([owed.count, wakes.length]).to.deep.equal([0, 0]);
  });
});

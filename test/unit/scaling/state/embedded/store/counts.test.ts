import { expect } from 'chai';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';

describe('counts', () => {
  it('begin their time with the first increment and keep it', () => {
    const { counts } = new Store(1e6);
    expect(counts.increment('a', 1, 1000, 0)).to.deep.equal({ value: 1, ttlMs: 1000 });
    expect(counts.increment('a', 2, 5000, 400)).to.deep.equal({ value: 3, ttlMs: 600 });
    expect(counts.read('a', 999.5)).to.deep.equal({ value: 3, ttlMs: 1 });
    expect(counts.read('a', 1000)).to.equal(undefined);
    expect(counts.increment('a', 7, 100, 1000)).to.deep.equal({ value: 7, ttlMs: 100 });
  });

  it('go down, also below zero', () => {
    const { counts } = new Store(1e6);
    expect(counts.increment('a', -3, 1000, 0).value).to.equal(-3);
    expect(counts.increment('a', 1, 1000, 0).value).to.equal(-2);
  });

  it('refuse a sum that a number can not hold exactly, and stay', () => {
    const { counts } = new Store(1e6);
    counts.increment('a', Number.MAX_SAFE_INTEGER, 1000, 0);
    expect(() => counts.increment('a', 1, 1000, 0))
      .to.throw('no safe integer')
      .with.property('code', 'STATE_BAD_ARGUMENT');
    expect(counts.read('a', 0)?.value).to.equal(Number.MAX_SAFE_INTEGER);
  });

  it('are no values', () => {
    const store = new Store(1e6);
    store.values.set('a', '1', Number.POSITIVE_INFINITY, 0);
    expect(() => store.counts.increment('a', 1, 10, 0))
      .to.throw('a holds a value')
      .with.property('code', 'STATE_WRONG_TYPE');
  });
});

import { expect } from 'chai';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';
import type { StateError } from '../../../../../../src/scaling/state/errors.ts';

const STAYS = Number.POSITIVE_INFINITY;
const LIMIT_BYTES = 1024 * 1024;

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as StateError).code;
  }
  return 'none';
}

describe('plain values', () => {
  it('are there until their time is over, to the millisecond', () => {
    const { values } = new Store(LIMIT_BYTES);
    values.set('a', 'x', 1100, 1000);
    expect(values.get('a', 1099)).to.equal('x');
    expect(values.get('a', 1100)).to.equal(undefined);
  });

  it('stay without a time, and lose their time when set anew without one', () => {
    const { values } = new Store(LIMIT_BYTES);
    values.set('a', 'x', 10, 0);
    values.set('a', 'y', STAYS, 5);
    expect(values.get('a', 1e12)).to.equal('y');
  });

  it('are added only where nothing is, whatever its kind', () => {
    const store = new Store(LIMIT_BYTES);
    expect(store.values.add('a', 'x', 10, 0)).to.equal(true);
    expect(store.values.add('a', 'y', 10, 9)).to.equal(false);
    expect(store.values.add('a', 'z', 30, 10)).to.equal(true);
    store.sets.add('s', ['m'], undefined, 0);
    expect(store.values.add('s', 'x', 10, 0)).to.equal(false);
  });

  it('go when they are equal and stay when they are not', () => {
    const { values } = new Store(LIMIT_BYTES);
    values.set('lock', 'mine', STAYS, 0);
    expect(values.deleteIfEqual('lock', 'yours', 0)).to.equal(false);
    expect(values.deleteIfEqual('lock', 'mine', 0)).to.equal(true);
    expect(values.deleteIfEqual('lock', 'mine', 0)).to.equal(false);
  });

  it('take the place of another kind, but are not read from it', () => {
    const store = new Store(LIMIT_BYTES);
    store.counts.increment('a', 1, 100, 0);
    expect(codeOf(() => store.values.get('a', 0))).to.equal('STATE_WRONG_TYPE');
    expect(codeOf(() => store.values.deleteIfEqual('a', '1', 0))).to.equal('STATE_WRONG_TYPE');
    store.values.set('a', 'x', STAYS, 0);
    expect(store.values.get('a', 0)).to.equal('x');
  });

  it('are told how many were deleted', () => {
    const store = new Store(LIMIT_BYTES);
    store.values.set('a', 'x', STAYS, 0);
    store.values.set('b', 'x', 5, 0);
    expect(store.delete(['a', 'a', 'b', 'c'], 5)).to.equal(1);
  });

  it('begin their time anew with expire, and not when it was over', () => {
    const store = new Store(LIMIT_BYTES);
    store.values.set('a', 'x', 10, 0);
    expect(store.expire('a', 20, 9)).to.equal(true);
    expect(store.values.get('a', 19)).to.equal('x');
    expect(store.expire('a', 40, 20)).to.equal(false);
  });
});

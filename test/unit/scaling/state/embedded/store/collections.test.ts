import { expect } from 'chai';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';

describe('hashes', () => {
  it('keep their fields and their time until it is given anew', () => {
    const { hashes } = new Store(1e6);
    hashes.set('h', [['a', '1']], 100, 0);
    hashes.set('h', [['b', '2']], undefined, 50);
    expect([...(hashes.getAll('h', 99) ?? [])]).to.deep.equal([
      ['a', '1'],
      ['b', '2'],
    ]);
    hashes.set('h', [['a', '3']], 200, 99);
    expect(hashes.getAll('h', 199)?.get('a')).to.equal('3');
    expect(hashes.getAll('h', 200)).to.equal(undefined);
  });

  it('are gone with their last field', () => {
    const store = new Store(1e6);
    store.hashes.set(
      'h',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      undefined,
      0,
    );
    expect(store.hashes.delete('h', ['a', 'x'], 0)).to.equal(1);
    expect(store.hashes.delete('h', ['b'], 0)).to.equal(1);
    expect(store.figures()).to.include({ keys: 0, usedBytes: 0 });
    expect(store.hashes.delete('h', ['b'], 0)).to.equal(0);
  });

  it('count in a field, as text, from nothing', () => {
    const { hashes } = new Store(1e6);
    expect(hashes.increment('h', 'n', 5, 0)).to.equal(5);
    expect(hashes.increment('h', 'n', -7, 0)).to.equal(-2);
    expect(hashes.getAll('h', 0)?.get('n')).to.equal('-2');
    hashes.set('h', [['t', 'many']], undefined, 0);
    expect(() => hashes.increment('h', 't', 1, 0))
      .to.throw('holds no whole number')
      .with.property('code', 'STATE_WRONG_TYPE');
  });

  it('are not made by setting no field', () => {
    const store = new Store(1e6);
    store.hashes.set('h', [], 100, 0);
    expect(store.figures().keys).to.equal(0);
  });
});

describe('sets', () => {
  it('tell how many members are new, and how many went', () => {
    const { sets } = new Store(1e6);
    expect(sets.add('s', ['a', 'b', 'a'], undefined, 0)).to.equal(2);
    expect(sets.add('s', ['b', 'c'], undefined, 0)).to.equal(1);
    expect(sets.members('s', 0)).to.deep.equal(['a', 'b', 'c']);
    expect(sets.remove('s', ['a', 'x', 'a'], 0)).to.equal(1);
  });

  it('begin their time anew with an addition that gives one', () => {
    const { sets } = new Store(1e6);
    sets.add('s', ['a'], 100, 0);
    sets.add('s', ['a'], 300, 99);
    expect(sets.members('s', 299)).to.deep.equal(['a']);
    expect(sets.members('s', 300)).to.deep.equal([]);
  });

  it('are gone with their last member', () => {
    const store = new Store(1e6);
    store.sets.add('s', ['a'], undefined, 0);
    store.sets.remove('s', ['a'], 0);
    expect(store.figures()).to.include({ keys: 0, usedBytes: 0 });
  });
});

import { expect } from 'chai';
import { beginsWith, KeyNames } from '../../../../../src/scaling/state/redis/key-names.ts';

describe('names on Redis', () => {
  const names = new KeyNames('shop:');

  it('gives entries, records and reservations spaces of their own behind the prefix', () => {
    expect(names.entry('a')).to.equal('shop:k:a');
    expect(names.record('a')).to.equal('shop:r:a');
    expect(names.reservation('a')).to.equal('shop:q:a');
    expect(names.channel('a')).to.equal('shop:a');
  });

  it('gives the key back, and leaves hash tags as they are', () => {
    expect(names.keyOf(names.entry('k:r:{user:7}:cart'))).to.equal('k:r:{user:7}:cart');
    expect(names.keyOf(names.record('ключ'))).to.equal('ключ');
    expect(new KeyNames('').keyOf(new KeyNames('').record('a'))).to.equal('a');
  });

  it('escapes what means something in a pattern', () => {
    expect(beginsWith('plain:')).to.equal('plain:*');
    expect(beginsWith('a*b?c[d]e\\f^g-h')).to.equal('a\\*b\\?c\\[d\\]e\\\\f\\^g\\-h*');
    expect(beginsWith('')).to.equal('*');
  });
});

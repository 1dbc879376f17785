import { expect } from 'chai';
import fc from 'fast-check';
import { glob, literalPrefix, matcherOf, scopesOf, valueId } from '../../../../../src/scaling/state/cache/scope.ts';

describe('scopes', () => {
  it('of a value are its key, its user and each tag once, in one order whatever the caller’s', () => {
    const expected = ['k:a', 't:x', 't:y', 'u:7'];
    expect(scopesOf('a', { tags: ['y', 'x', 'y'], user: '7' })).to.deep.equal(expected);
    expect(scopesOf('a', {})).to.deep.equal(['k:a']);
  });

  it('never give two values of different users, or keys, one name', () => {
    const part = fc.string({ minLength: 1, unit: fc.constantFrom('a', ':', '%', '3', 'A') });
    const user = fc.option(part, { nil: undefined });
    fc.assert(
      fc.property(part, user, part, user, (keyA, userA, keyB, userB) => {
        const isSame = keyA === keyB && userA === userB;
        expect(valueId(keyA, userA) === valueId(keyB, userB)).to.equal(isSame);
      }),
    );
  });

  it('tell keys, users and tags of one name apart', () => {
    const scopes = scopesOf('7', { user: '8', tags: ['9'] });
    expect(matcherOf({ key: '7' })(scopes)).to.equal(true);
    expect(matcherOf({ user: '7' })(scopes)).to.equal(false);
    expect(matcherOf({ tag: '8' })(scopes)).to.equal(false);
    expect(matcherOf({ pattern: '9*' })(scopes)).to.equal(false);
  });
});

describe('glob', () => {
  it('takes everything but the star as it is', () => {
    expect(glob('a.b?[c]')('a.b?[c]')).to.equal(true);
    expect(glob('a.b')('axb')).to.equal(false);
    expect(glob('a')('ab')).to.equal(false);
  });

  it('does not let the ends overlap', () => {
    expect(glob('ab*ba')('aba')).to.equal(false);
    expect(glob('ab*ba')('abba')).to.equal(true);
    expect(glob('a*b*b')('ab')).to.equal(false);
  });

  it('agrees with a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 });
    const texts = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(letters, texts, (pattern, text) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text);
        expect(glob(pattern)(text)).to.equal(expected);
        if (expected) expect(text.startsWith(literalPrefix(pattern))).to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

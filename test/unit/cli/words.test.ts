import { expect } from 'chai';
import { splitWords } from '../../../src/cli/words.ts';

describe('splitWords', () => {
  it('splits at white space of any kind and length', () => {
    expect(splitWords('  a  b\tc\n')).to.deep.equal(['a', 'b', 'c']);
    expect(splitWords('')).to.deep.equal([]);
  });

  it('keeps quoted text together, also in the middle of a word, and empty words', () => {
    expect(splitWords(`--title "two words" 'and more' ""`)).to.deep.equal(['--title', 'two words', 'and more', '']);
    expect(splitWords(`--a="b c"d`)).to.deep.equal(['--a=b cd']);
  });

  it('takes what follows a backslash as it is, except within single quotes', () => {
    expect(splitWords(String.raw`a\ b "\"" '\'`)).to.deep.equal(['a b', '"', '\\']);
  });

  it('refuses a quote that is not closed', () => {
    expect(() => splitWords('a "b')).to.throw(RangeError, 'not closed');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter } from '../../../src/runtime/line-splitter.ts';
import { SEEDED } from '../scaling/balancing/candidates.ts';

const MAX_LINE_LENGTH = 16_384;

/** All lines of a source that writes these chunks and ends. */
function linesOf(chunks: readonly string[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push('w1 stdout', chunk));
  const rest = splitter.end('w1 stdout');
  return rest === null ? lines : [...lines, rest];
}

/** `text` cut at these lengths, over and over. */
function cut(text: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let [from, index] = [0, 0]; from < text.length; index += 1) {
    const length = lengths[index % lengths.length] as number;
    chunks.push(text.slice(from, from + length));
    from += length;
  }
  return chunks;
}

const anyLengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });

describe('LineSplitter', () => {
  it('gives each line when its end has come', () => {
    const splitter = new LineSplitter();
    expect(splitter.push('w1', 'one\ntw')).to.deep.equal(['one']);
    expect(splitter.push('w1', 'o')).to.deep.equal([]);
    expect(splitter.push('w1', '\n\nthree\n')).to.deep.equal(['two', '', 'three']);
    expect(splitter.end('w1')).to.equal(null);
  });

  it('keeps sources apart', () => {
    const splitter = new LineSplitter();
    splitter.push('w1 stdout', 'from ');
    splitter.push('w2 stdout', 'by ');
    expect(splitter.push('w1 stdout', 'one\n')).to.deep.equal(['from one']);
    expect(splitter.push('w2 stdout', 'two\n')).to.deep.equal(['by two']);
  });

  it('gives what a source left without a line end, once', () => {
    const splitter = new LineSplitter();
    splitter.push('w1', 'last words');
    expect(splitter.end('w1')).to.equal('last words');
    expect(splitter.end('w1')).to.equal(null);
  });

  it('takes \\r\\n for one line end, wherever it is cut', () => {
    expect(linesOf(['one\r', '\ntwo\r\n'])).to.deep.equal(['one', 'two']);
    expect(linesOf(['a\rb\n'])).to.deep.equal(['a\rb']);
  });

  it('gives the same lines whatever the chunks', () => {
    const anyText = fc.array(fc.constantFrom('a', 'ß', '😀', '\n', '\r\n', '\r'), { maxLength: 200 });
    fc.assert(
      fc.property(anyText, anyLengths, (parts, lengths) => {
        const text = parts.join('');
        expect(linesOf(cut(text, lengths))).to.deep.equal(linesOf([text]));
      }),
      { ...SEEDED, numRuns: 300 },
    );
  });

  it('loses no character of lines too long to keep, and keeps no more than one piece', () => {
    const anyLine = fc
      .tuple(fc.constantFrom('x', '😀', 'y😀'), fc.integer({ min: 1, max: 3 * MAX_LINE_LENGTH }))
      .map(([unit, times]) => unit.repeat(times));
    const anyChunk = fc.array(fc.integer({ min: 500, max: 20_000 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 3 }), anyChunk, (long, lengths) => {
        const splitter = new LineSplitter();
        const lines: string[] = [];
        for (const chunk of cut(long.join('\n'), lengths)) lines.push(...splitter.push('w1', chunk));
        const rest = splitter.end('w1') ?? '';
        expect(rest.length).to.be.at.most(MAX_LINE_LENGTH);
        expect([...lines, rest].join('')).to.equal(long.join(''));
      }),
      { ...SEEDED, numRuns: 40 },
    );
  });

  it('passes a line too long to keep on in pieces of at most 16,384', () => {
    expect(linesOf(['x'.repeat(40_000), 'y\n']).map(({ length }) => length)).to.deep.equal([16_384, 16_384, 7_233]);
  });

  it('never cuts a character in two', () => {
    const [first, second] = linesOf([`x${'😀'.repeat(8_192)}`]);
    expect([first?.length, second]).to.deep.equal([16_383, '😀']);
  });

  it('makes no empty line of a line end that comes right after a full piece', () => {
    expect(linesOf([`${'x'.repeat(MAX_LINE_LENGTH)}\r`, '\nnext\n'])).to.deep.equal([
      'x'.repeat(MAX_LINE_LENGTH),
      'next',
    ]);
  });
});

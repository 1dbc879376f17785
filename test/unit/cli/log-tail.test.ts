import { expect } from 'chai';
import { newLogLines } from '../../../src/cli/log-tail.ts';
import type { LogLine } from '../../../src/ipc/status.ts';

const line = (text: string, atMs = 1): LogLine => ({ atMs, source: 'w1', stream: 'stdout', text });
const lines = (text: string): LogLine[] => [...text].map((letter) => line(letter));
const news = (before: string, now: string): string =>
  newLogLines(lines(before), lines(now))
    .lines.map(({ text }) => text)
    .join('');

describe('newLogLines', () => {
  it('finds what was added, with and without lines dropped at the front', () => {
    expect(news('abc', 'abcde')).to.equal('de');
    expect(news('abc', 'bcde')).to.equal('de');
    expect(news('abc', 'abc')).to.equal('');
    expect(news('', 'ab')).to.equal('ab');
  });

  it('tells repeated lines of one millisecond apart by their number', () => {
    expect(news('aa', 'aaa')).to.equal('a');
    expect(news('aba', 'abab')).to.equal('b');
  });

  it('does not mind a clock that steps back', () => {
    const before = [line('a', 500), line('b', 501)];
    const after = [line('b', 501), line('c', 20)];
    expect(newLogLines(before, after)).to.deep.equal({ lines: [line('c', 20)], gap: false });
  });

  it('says when lines are missing in between', () => {
    expect(newLogLines(lines('abc'), lines('xyz'))).to.deep.equal({ lines: lines('xyz'), gap: true });
    expect(newLogLines([], lines('xyz')).gap).to.equal(false);
    expect(newLogLines(lines('abc'), []).gap).to.equal(false);
  });
});

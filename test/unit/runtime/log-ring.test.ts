import { expect } from 'chai';
import type { LogLine } from '../../../src/ipc/status.ts';
import { LogRing } from '../../../src/runtime/log-ring.ts';

function line(number: number, source = 'w1'): LogLine {
  return { atMs: number, source, stream: 'stdout', text: `line ${number}` };
}

/** A ring that got lines 1..count, by turns of these sources. */
function filled(ring: LogRing, count: number, sources = ['w1']): LogRing {
  for (let number = 1; number <= count; number += 1) ring.add(line(number, sources[number % sources.length] as string));
  return ring;
}

function numbers(lines: readonly LogLine[]): number[] {
  return lines.map(({ atMs }) => atMs);
}

describe('LogRing', () => {
  it('gives the last lines, oldest first', () => {
    expect(numbers(filled(new LogRing(), 9).last({ lines: 3 }))).to.deep.equal([7, 8, 9]);
  });

  it('gives all there are when more are asked for', () => {
    expect(numbers(filled(new LogRing(), 2).last({ lines: 500 }))).to.deep.equal([1, 2]);
    expect(new LogRing().last({ lines: 5 })).to.deep.equal([]);
  });

  it('gives none for 0 or less', () => {
    const ring = filled(new LogRing(), 3);
    expect(ring.last({ lines: 0 })).to.deep.equal([]);
    expect(ring.last({ lines: -1 })).to.deep.equal([]);
  });

  it('gives the last lines of one source', () => {
    const ring = filled(new LogRing(), 8, ['w1', 'w2', 'tidegate']);
    expect(numbers(ring.last({ lines: 2, source: 'w2' }))).to.deep.equal([4, 7]);
    expect(ring.last({ lines: 2, source: 'w9' })).to.deep.equal([]);
  });

  it('keeps at least its capacity, and at most a quarter more', () => {
    for (const count of [8, 10, 11, 100, 1_000]) {
      const kept = numbers(filled(new LogRing(8), count).last({ lines: count }));
      expect(kept.length).to.be.within(8, 10);
      expect(kept.at(-1)).to.equal(count);
    }
  });

  it('gives out lines that stay as they were when others follow', () => {
    const ring = filled(new LogRing(2), 2);
    const before = ring.last({ lines: 2 });
    filled(ring, 50);
    expect(numbers(before)).to.deep.equal([1, 2]);
  });
});

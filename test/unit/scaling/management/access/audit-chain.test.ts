import { expect } from 'chai';
import {
  CHAIN_START,
  type ChainHead,
  chained,
  EMPTY_CHAIN,
  headAfter,
  verifyChain,
} from '../../../../../src/scaling/management/access/audit-chain.ts';

function log(count: number, from: ChainHead = EMPTY_CHAIN): { lines: string[]; head: ChainHead } {
  let head = from;
  const lines: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const next = chained(head, { action: `change ${number}` });
    lines.push(next.text);
    head = next.head;
  }
  return { lines, head };
}

const verify = (...files: readonly (readonly string[])[]) =>
  verifyChain(files.map((lines, index) => ({ name: `audit.${index}`, text: `${lines.join('\n')}\n` })));

describe('the chain of the audit log', () => {
  it('begins with zeros, numbers its lines, and is whole as it was written', () => {
    const { lines, head } = log(4);
    expect(JSON.parse(lines[0] as string)).to.deep.equal({ line: 1, previous: CHAIN_START, action: 'change 0' });
    const report = verify(lines);
    expect(report).to.deep.include({ lines: 4, problems: [], torn: [], from: EMPTY_CHAIN, to: head });
    expect(headAfter(lines[3] as string)).to.deep.equal(head);
  });

  it('shows a line that was changed, at the one after it', () => {
    const { lines } = log(4);
    lines[1] = (lines[1] as string).replace('change 1', 'change X');
    expect(verify(lines).problems).to.deep.equal([
      'audit.0, line 3: the line before it was changed, or is not the one it followed',
    ]);
  });

  it('shows lines that were taken out, put in and exchanged', () => {
    const { lines } = log(5);
    expect(verify(lines.toSpliced(1, 2)).problems).to.deep.equal(['audit.0, line 2: 2 lines are missing before it']);
    expect(verify(lines.toSpliced(2, 0, lines[0] as string)).problems).to.have.length(2);
    expect(verify([lines[0], lines[2], lines[1], lines[3], lines[4]] as string[]).problems).to.have.length(3);
  });

  it('shows a first line that was taken out, unless an earlier file holds the beginning', () => {
    const { lines, head } = log(3);
    const report = verify(lines.slice(1));
    expect(report.from.line).to.equal(1);
    const later = log(2, head).lines;
    expect(verify(lines, later)).to.deep.include({ lines: 5, problems: [], from: EMPTY_CHAIN });
    expect(verify(later, lines).problems).to.have.length(1);
  });

  it('shows an end that was cut off to whoever noted its hash', () => {
    const { lines, head } = log(4);
    expect(verify(lines).holds(head.hash)).to.equal(true);
    expect(verify(lines.slice(0, 3)).holds(head.hash)).to.equal(false);
  });

  it('shows a log that was written anew from its beginning to whoever noted any hash of it', () => {
    const { head } = log(4);
    const forged = log(5, EMPTY_CHAIN).lines.map((line) => line.replace('change', 'another'));
    expect(verify(forged).holds(head.hash)).to.equal(false);
  });

  it('leaves out what is no line at all, and says where it is', () => {
    const { lines } = log(2);
    const report = verify([lines[0] as string, '{"line":2,"pre', lines[1] as string]);
    expect(report).to.deep.include({ lines: 2, problems: [], torn: ['audit.0, line 2'] });
  });
});

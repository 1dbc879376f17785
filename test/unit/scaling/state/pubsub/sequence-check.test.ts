import { expect } from 'chai';
import { SequenceCheck } from '../../../../../src/scaling/state/pubsub/sequence-check.ts';

describe('SequenceCheck', () => {
  it('takes a publisher’s first number as it comes', () => {
    expect(new SequenceCheck().see('a', 17)).to.deep.equal({ kind: 'next', lost: 0 });
  });

  it('tells a gap from the next number, for each publisher by itself', () => {
    const check = new SequenceCheck();
    check.see('a', 1);
    check.see('b', 5);
    expect(check.see('a', 2)).to.deep.equal({ kind: 'next', lost: 0 });
    expect(check.see('b', 9)).to.deep.equal({ kind: 'next', lost: 3 });
  });

  it('calls a number that was passed late, and is not confused by it', () => {
    const check = new SequenceCheck();
    check.see('a', 4);
    expect(check.see('a', 3)).to.deep.equal({ kind: 'late' });
    expect(check.see('a', 4)).to.deep.equal({ kind: 'late' });
    expect(check.see('a', 5)).to.deep.equal({ kind: 'next', lost: 0 });
  });

  it('begins anew at 1', () => {
    const check = new SequenceCheck();
    check.see('a', 90);
    expect(check.see('a', 1)).to.deep.equal({ kind: 'next', lost: 0 });
    expect(check.see('a', 3)).to.deep.equal({ kind: 'next', lost: 1 });
  });

  it('forgets the publishers not heard of for longest', () => {
    const check = new SequenceCheck();
    check.see('kept', 1);
    check.see('gone', 1);
    check.see('kept', 2);
    for (let other = 0; other < 999; other += 1) check.see(`other-${other}`, 1);
    expect(check.see('kept', 4)).to.deep.equal({ kind: 'next', lost: 1 });
    expect(check.see('gone', 9)).to.deep.equal({ kind: 'next', lost: 0 });
  });
});

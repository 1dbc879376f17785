import { expect } from 'chai';
import { BodyHold, bytesToHold } from '../../../../../src/scaling/gateway/front/body-hold.ts';
import { MemoryBudget } from '../../../../../src/scaling/gateway/front/memory-budget.ts';
import type { GatewayContext } from '../../../../../src/scaling/gateway/gateway-context.ts';
import type { RequestHead } from '../../../../../src/scaling/gateway/wire/request-head.ts';

function head(framing: RequestHead['framing'], expectsContinue = false): RequestHead {
  return { framing, expectsContinue } as RequestHead;
}

describe('bytesToHold', () => {
  it('is the whole body, or as much of it as is allowed', () => {
    expect(bytesToHold(head({ kind: 'length', bytes: 10 }), 100)).to.equal(10);
    expect(bytesToHold(head({ kind: 'length', bytes: 1000 }), 100)).to.equal(100);
  });

  it('is nothing without a length, or when the sender waits for a 100', () => {
    expect(bytesToHold(head({ kind: 'chunked' }), 100)).to.equal(0);
    expect(bytesToHold(head({ kind: 'none' }), 100)).to.equal(0);
    expect(bytesToHold(head({ kind: 'length', bytes: 10 }, true), 100)).to.equal(0);
  });
});

describe('BodyHold', () => {
  it('counts what it holds in the budget of all, and gives it back', () => {
    const bodyBudget = new MemoryBudget(100);
    const context = { bodyBudget } as GatewayContext;
    const [first, second] = [new BodyHold(context, 80), new BodyHold(context, 80)];
    expect(first.isOver(50)).to.equal(false);
    expect(first.isOver(60)).to.equal(false);
    expect(bodyBudget.usedBytes).to.equal(60);
    expect(second.isOver(41), 'no memory is left').to.equal(true);
    expect(first.isOver(80), 'all is there').to.equal(true);
    first.end();
    second.end();
    expect(bodyBudget.usedBytes).to.equal(0);
  });
});

import { expect } from 'chai';
import { UnsentBytes } from '../../../../../src/scaling/gateway/front/unsent-bytes.ts';

const PATIENCE_MS = 1000;

describe('UnsentBytes', () => {
  it('are waited for while some are taken now and then', () => {
    const unsent = new UnsentBytes();
    expect(unsent.move(300, PATIENCE_MS, 0)).to.equal(true);
    expect(unsent.move(300, PATIENCE_MS, 999)).to.equal(true);
    expect(unsent.move(200, PATIENCE_MS, 1500)).to.equal(true);
    expect(unsent.move(200, PATIENCE_MS, 2499)).to.equal(true);
    expect(unsent.move(200, PATIENCE_MS, 2500)).to.equal(false);
  });

  it('need no wait when there are none', () => {
    expect(new UnsentBytes().move(0, PATIENCE_MS, 0)).to.equal(false);
  });
});

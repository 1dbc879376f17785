import { expect } from 'chai';
import { ResetAllowance } from '../../../../../src/scaling/gateway/http2/reset-allowance.ts';

describe('The streams that a client may reset', () => {
  it('are as many at once as it can have open, twice', () => {
    const allowance = new ResetAllowance(0);
    for (let reset = 1; reset <= 200; reset++) expect(allowance.take(0), `reset ${reset}`).to.equal(true);
    expect(allowance.take(0)).to.equal(false);
  });

  it('are 20 a second for as long as it likes', () => {
    const allowance = new ResetAllowance(0);
    for (let reset = 1; reset <= 10_000; reset++) expect(allowance.take(reset * 50)).to.equal(true);
  });

  it('are as many as it waits for to be answered, whatever the time', () => {
    const allowance = new ResetAllowance(0);
    for (let reset = 1; reset <= 10_000; reset++) {
      expect(allowance.take(0)).to.equal(true);
      allowance.earn();
    }
  });
});

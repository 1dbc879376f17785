import { expect } from 'chai';
import { compare } from './differential.ts';

describe('Wire layer against the parser of Node', () => {
  it('takes no mutated request that Node refuses, and frames alike, in pieces too', () => {
    const tally = compare('request', 20_261, 10_000);
    expect(tally.accepted).to.be.above(4_000);
  }).timeout(30_000);

  it('takes no mutated response that Node refuses, and frames alike, in pieces too', () => {
    const tally = compare('response', 20_262, 10_000);
    expect(tally.accepted).to.be.above(4_000);
  }).timeout(30_000);
});

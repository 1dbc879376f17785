import { expect } from 'chai';
import { compare } from '../unit/scaling/gateway/wire/differential.ts';

const ROUNDS = 50;
const CASES = 10_000;

describe('Wire layer against the parser of Node, at length', () => {
  for (const kind of ['request', 'response'] as const) {
    it(`takes none of ${(ROUNDS * CASES).toLocaleString('en')} mutated ${kind}s for more, or for anything else, than Node does`, () => {
      let accepted = 0;
      for (let seed = 1; seed <= ROUNDS; seed++) accepted += compare(kind, seed, CASES).accepted;
      expect(accepted).to.be.above(ROUNDS * 4_000);
    }).timeout(900_000);
  }
});

import { expect } from 'chai';
import { isAvailable } from '../../../../src/scaling/balancing/policy.ts';
import { poolOf } from './candidates.ts';

describe('isAvailable', () => {
  it('tells whether a candidate may get new work', () => {
    expect(poolOf({ available: true }, { available: false }).map(isAvailable)).to.deep.equal([true, false]);
  });
});

import { expect } from 'chai';
import { arrivalMs, sourceAddress, thinkMs, userStartMs } from '../../../../src/cli/load-test/pace.ts';

describe('the pace of a load test', () => {
  it('lets users begin evenly over the ramp', () => {
    expect([0, 250, 999].map((number) => userStartMs(number, 1_000, 60_000))).to.deep.equal([0, 15_000, 59_940]);
    expect(userStartMs(999, 1_000, 0)).to.equal(0);
  });

  it('spaces rounds evenly without a ramp', () => {
    expect([0, 1, 500].map((number) => arrivalMs(number, 50, 0))).to.deep.equal([0, 20, 10_000]);
  });

  it('grows the rate evenly within a ramp: half as many are due in it, a quarter of these in its first half', () => {
    const due = (untilMs: number): number => {
      let number = 0;
      while (arrivalMs(number, 100, 10_000) < untilMs) number += 1;
      return number;
    };
    expect([due(5_000), due(10_000), due(11_000)]).to.deep.equal([125, 500, 600]);
  });

  it('thinks within the range, both ends possible', () => {
    expect([0, 0.5, 1].map((random) => thinkMs([1_000, 3_000], () => random))).to.deep.equal([1_000, 2_000, 3_000]);
  });

  it('spreads users over source addresses, the usual one when there is to be one', () => {
    expect([0, 1, 2, 3].map((number) => sourceAddress(number, 3))).to.deep.equal([
      '127.0.0.2',
      '127.0.0.3',
      '127.0.0.4',
      '127.0.0.2',
    ]);
    expect(sourceAddress(5, 1)).to.equal(undefined);
  });
});

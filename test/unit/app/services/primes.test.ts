import { expect } from 'chai';
import { countPrimes } from '../../../../src/app/services/primes.ts';

describe('counting primes', () => {
  function count(upTo: number) {
    const steps: number[] = [];
    const counting = countPrimes(upTo);
    for (let step = counting.next(); ; step = counting.next()) {
      if (step.done === true) return { ...step.value, steps };
      steps.push(step.value);
    }
  }

  const known: [upTo: number, count: number, largest: number][] = [
    [0, 0, 0],
    [1, 0, 0],
    [2, 1, 2],
    [3, 2, 3],
    [9, 4, 7],
    [25, 9, 23],
    [1_000, 168, 997],
    [50_001, 5_133, 49_999],
    [50_002, 5_133, 49_999],
    [100_000, 9_592, 99_991],
    [1_000_000, 78_498, 999_983],
  ];
  for (const [upTo, expected, largest] of known) {
    it(`finds ${expected} up to ${upTo}`, () => {
      expect(count(upTo)).to.include({ count: expected, largest });
    });
  }

  it('tells how far it is, to the end', () => {
    const { steps } = count(120_000);
    expect(steps).to.deep.equal([50_002 / 120_000, 100_002 / 120_000, 1]);
  });
});

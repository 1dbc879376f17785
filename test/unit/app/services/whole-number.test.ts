import { expect } from 'chai';
import { InvalidParameterError } from '../../../../src/app/errors.ts';
import { wholeNumber } from '../../../../src/app/services/whole-number.ts';

describe('a whole number of a query', () => {
  const rule = { min: 1, max: 2_000, fallback: 50, unit: 'milliseconds' };

  it('is the fallback when it is absent', () => {
    expect(wholeNumber({}, 'ms', rule)).to.equal(50);
  });

  it('may be either bound', () => {
    expect(wholeNumber({ ms: '1' }, 'ms', rule)).to.equal(1);
    expect(wholeNumber({ ms: '2000' }, 'ms', rule)).to.equal(2_000);
  });

  for (const given of [
    '0',
    '2001',
    '-1',
    '1.5',
    '1e2',
    '0x10',
    '',
    ' 5',
    'NaN',
    'Infinity',
    '99999999999',
    ['1', '2'],
    {},
  ]) {
    it(`may not be ${JSON.stringify(given)}`, () => {
      expect(() => wholeNumber({ ms: given }, 'ms', rule))
        .to.throw(InvalidParameterError, 'allowed is one whole number from 1 to 2000 (milliseconds)')
        .with.property('parameter', 'ms');
    });
  }
});

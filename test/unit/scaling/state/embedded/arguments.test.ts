import { expect } from 'chai';
import * as check from '../../../../../src/scaling/state/arguments.ts';
import { StateError } from '../../../../../src/scaling/state/errors.ts';

/** The message of the StateError with the code STATE_BAD_ARGUMENT. */
function refusal(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(StateError);
    expect((error as StateError).code).to.equal('STATE_BAD_ARGUMENT');
    return (error as StateError).message;
  }
  return 'accepted';
}

describe('arguments of the shared state', () => {
  it('are keys of 1 to 1,024 bytes, not characters', () => {
    expect(refusal(() => check.checkKey('k'.repeat(1024)))).to.equal('accepted');
    expect(refusal(() => check.checkKey('ö'.repeat(512)))).to.equal('accepted');
    expect(refusal(() => check.checkKey('ö'.repeat(513)))).to.include('must be a string of 1 to 1024 bytes');
    expect(refusal(() => check.checkKey(''))).to.equal('the key is ""; it must be a string of 1 to 1024 bytes');
    expect(refusal(() => check.checkKey(undefined))).to.include('the key is undefined');
    expect(refusal(() => check.checkKey(7))).to.include('the key is 7');
  });

  it('are times of whole milliseconds above 0, up to ten years', () => {
    for (const good of [1, 60_000, check.MAX_TTL_MS])
      expect(refusal(() => check.checkTtlMs(good))).to.equal('accepted');
    for (const bad of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5', undefined, check.MAX_TTL_MS + 1]) {
      expect(refusal(() => check.checkTtlMs(bad))).to.include(
        `ttlMs is ${typeof bad === 'string' ? '"5"' : bad}; it must be`,
      );
    }
    expect(refusal(() => check.checkOptionalTtlMs(undefined))).to.equal('accepted');
    expect(refusal(() => check.checkOptionalTtlMs(null))).to.include('ttlMs is null');
  });

  it('are values of text or bytes up to 16 MiB', () => {
    expect(refusal(() => check.checkValue(''))).to.equal('accepted');
    expect(refusal(() => check.checkValue(new Uint8Array(check.MAX_VALUE_BYTES)))).to.equal('accepted');
    expect(refusal(() => check.checkValue(new Uint8Array(check.MAX_VALUE_BYTES + 1)))).to.include(
      'at most 16777216 bytes',
    );
    expect(refusal(() => check.checkValue('ö'.repeat(check.MAX_VALUE_BYTES / 2 + 1)))).to.include(
      'at most 16777216 bytes',
    );
    expect(refusal(() => check.checkValue({ a: 1 }))).to.equal(
      'the value is an object; it must be a string or a Uint8Array',
    );
  });

  it('are increments that a number holds exactly', () => {
    expect(refusal(() => check.checkBy(-5))).to.equal('accepted');
    for (const bad of [0.1, 2 ** 53, Number.NaN, '1'])
      expect(refusal(() => check.checkBy(bad))).to.include('a whole number');
  });

  it('are lists of names', () => {
    expect(refusal(() => check.checkNames('member', []))).to.equal('accepted');
    expect(refusal(() => check.checkNames('member', 'abc'))).to.include('the list of members is "abc"');
    expect(refusal(() => check.checkNames('member', ['a', '']))).to.include('the member is ""');
  });

  it('are fields with a name and a value', () => {
    expect(refusal(() => check.checkFields({ a: '1', b: Buffer.of(2) }))).to.equal('accepted');
    expect(refusal(() => check.checkFields({ a: 1 }))).to.include('the value is 1');
    expect(refusal(() => check.checkFields({ '': 'x' }))).to.include('the field is ""');
    expect(refusal(() => check.checkFields(['x']))).to.include('the fields is an array');
  });

  it('are amounts that are named once, and whole', () => {
    expect(refusal(() => check.checkAmounts([{ name: 'a', by: 0, max: 0 }]))).to.equal('accepted');
    expect(refusal(() => check.checkAmounts([]))).to.include('an array of 1 to');
    expect(refusal(() => check.checkAmounts([{ name: 'a', by: -1, max: 1 }]))).to.include('by of a is -1');
    expect(refusal(() => check.checkAmounts([{ name: 'a', by: 1, max: 0.5 }]))).to.include('max of a is 0.5');
    const twice = { name: 'a', by: 1, max: 1 };
    expect(refusal(() => check.checkAmounts([twice, twice]))).to.include('named once');
  });

  it('are deadlines above 0, and versions from 0 or 1', () => {
    expect(refusal(() => check.checkTimeoutMs(undefined))).to.equal('accepted');
    expect(refusal(() => check.checkTimeoutMs(0))).to.include('timeoutMs is 0');
    expect(refusal(() => check.checkVersion('expected', 0, 0))).to.equal('accepted');
    expect(refusal(() => check.checkVersion('version', 0, 1))).to.include(
      'version is 0; it must be a whole number of at least 1',
    );
  });

  it('are not shown at length when they are wrong', () => {
    expect(refusal(() => check.checkKey('s'.repeat(5000))).length).to.be.below(150);
  });
});

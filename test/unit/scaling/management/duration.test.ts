import { expect } from 'chai';
import fc from 'fast-check';
import {
  DurationError,
  formatDuration,
  MAX_DURATION_MS,
  parseDurationMs,
  parseHoldMs,
} from '../../../../src/scaling/management/duration.ts';

describe('a duration', () => {
  const readable: readonly [string, number][] = [
    ['500ms', 500],
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['1d12h', 129_600_000],
    ['1m500ms', 60_500],
    ['0h5m', 300_000],
    [' 2H ', 7_200_000],
    ['365d', MAX_DURATION_MS],
  ];
  for (const [text, expectedMs] of readable) {
    it(`reads ${JSON.stringify(text)} as ${expectedMs} ms`, () => {
      expect(parseDurationMs(text)).to.equal(expectedMs);
    });
  }

  for (const text of ['', '90', '-5m', '5 m', '5x', '30m1h', '1h1h', '0s', '366d', '1e3s', '.5h', '1.5ms', 'forever']) {
    it(`refuses ${JSON.stringify(text)} and says what is allowed`, () => {
      expect(() => parseDurationMs(text))
        .to.throw(DurationError, `${JSON.stringify(text)} is no duration: allowed is a duration such as`)
        .with.property('code', 'INVALID_DURATION');
    });
  }

  it('reads back what it writes, for every whole number of milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (durationMs) => {
        expect(parseDurationMs(formatDuration(durationMs))).to.equal(durationMs);
      }),
    );
  });

  it('is written with the largest units first', () => {
    expect(formatDuration(5_400_000)).to.equal('1h30m');
    expect(formatDuration(0)).to.equal('0ms');
  });

  it('never throws anything but a DurationError, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseDurationMs(text)).to.be.within(1, MAX_DURATION_MS);
        } catch (error) {
          expect(error).to.be.instanceOf(DurationError);
        }
      }),
    );
  });
});

describe('a hold', () => {
  it('is null for forever', () => {
    expect(parseHoldMs('forever')).to.equal(null);
    expect(parseHoldMs('Forever ')).to.equal(null);
  });

  it('takes a number as milliseconds', () => {
    expect(parseHoldMs(60_000)).to.equal(60_000);
  });

  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_DURATION_MS + 1, 'soon']) {
    it(`refuses ${value} and names forever among what is allowed`, () => {
      expect(() => parseHoldMs(value)).to.throw(DurationError, 'or forever');
    });
  }
});

import { expect } from 'chai';
import {
  DurationError,
  formatDuration,
  MAX_DURATION_MS,
  parseDurationMs,
  parseHoldMs,
} from '../../../config/duration.ts';

describe('parseDurationMs', () => {
  it('reads each unit', () => {
    expect(parseDurationMs('500ms')).to.equal(500);
    expect(parseDurationMs('90s')).to.equal(90_000);
    expect(parseDurationMs('30m')).to.equal(1_800_000);
    expect(parseDurationMs('2h')).to.equal(7_200_000);
    expect(parseDurationMs('1d')).to.equal(86_400_000);
  });

  it('reads several units, decimals and capitals', () => {
    expect(parseDurationMs('1h30m')).to.equal(5_400_000);
    expect(parseDurationMs(' 1.5H ')).to.equal(5_400_000);
    expect(parseDurationMs('1m500ms')).to.equal(60_500);
  });

  it('takes 1ms and 365d, and nothing beyond', () => {
    expect(parseDurationMs('1ms')).to.equal(1);
    expect(parseDurationMs('365d')).to.equal(MAX_DURATION_MS);
    for (const text of ['0s', '0.4ms', '366d', '999999999999d']) {
      expect(() => parseDurationMs(text), text).to.throw(DurationError);
    }
  });

  it('refuses numbers without a unit, unknown, repeated or misplaced units', () => {
    for (const text of ['', '90', '2 weeks', '1h1h', '30m2h', '-5s', '1e3s', 'h', '1h x']) {
      expect(() => parseDurationMs(text), text).to.throw(DurationError, JSON.stringify(text));
    }
  });

  it('carries a stable code', () => {
    expect(() => parseDurationMs('soon'))
      .to.throw(DurationError)
      .with.property('code', 'INVALID_DURATION');
  });
});

describe('parseHoldMs', () => {
  it('takes forever for null, and durations as they are', () => {
    expect(parseHoldMs('Forever')).to.equal(null);
    expect(parseHoldMs('2h')).to.equal(7_200_000);
  });

  it('takes a whole number of milliseconds', () => {
    expect(parseHoldMs(90_000)).to.equal(90_000);
    for (const given of [0, -1, 1.5, Number.NaN, MAX_DURATION_MS + 1]) {
      expect(() => parseHoldMs(given), String(given)).to.throw(DurationError);
    }
  });

  it('names forever among what is allowed', () => {
    expect(() => parseHoldMs('never')).to.throw(DurationError, 'or forever');
  });
});

describe('formatDuration', () => {
  it('shows the two largest units', () => {
    expect(formatDuration(3_725_000)).to.equal('1h 2m');
    expect(formatDuration(192_999)).to.equal('3m 12s');
    expect(formatDuration(2 * 86_400_000 + 3_600_000 + 59_000)).to.equal('2d 1h');
  });

  it('leaves out what is zero, and milliseconds beside seconds', () => {
    expect(formatDuration(3_600_000)).to.equal('1h');
    expect(formatDuration(3_605_000)).to.equal('1h');
    expect(formatDuration(1_500)).to.equal('1s');
    expect(formatDuration(60_500)).to.equal('1m');
    expect(formatDuration(950)).to.equal('950ms');
  });

  it('shows nothing below zero: clocks of two processes may differ', () => {
    expect(formatDuration(0)).to.equal('0s');
    expect(formatDuration(-20)).to.equal('0s');
  });
});

import { expect } from 'chai';
import { type CacheOptions, settingsOf } from '../../../../../src/scaling/state/cache/options.ts';

describe('cache options', () => {
  it('have defaults, and an option given as undefined has its own', () => {
    const given = { name: 'a', ttlMs: 60_000, pollMs: undefined } as unknown as CacheOptions;
    expect(settingsOf(given)).to.deep.equal({
      name: 'a',
      ttlMs: 60_000,
      staleMs: 0,
      maxEntries: 1_000,
      maxBytes: 67_108_864,
      l1TtlMs: 5_000,
      undefinedTtlMs: 0,
      maxValueBytes: 1_048_576,
      lockMs: 2_000,
      waitMs: 10_000,
      pollMs: 100,
      stateTimeoutMs: 250,
      stateRetryMs: 1_000,
      nowMs: Date.now,
    });
  });

  it('let no value stay in a process longer than it is fresh', () => {
    expect(settingsOf({ name: 'a', ttlMs: 100 }).l1TtlMs).to.equal(100);
  });

  it('say which is wrong, what was given and what is allowed', () => {
    expect(() => settingsOf({ name: 'a b', ttlMs: 1 })).to.throw(RangeError, 'name is "a b"');
    expect(() => settingsOf({ name: 'a', ttlMs: 0 })).to.throw(
      RangeError,
      'ttlMs of cache a is 0; it must be a whole number of at least 1',
    );
    expect(() => settingsOf({ name: 'a', ttlMs: 1, staleMs: 0.5 })).to.throw(RangeError, 'staleMs of cache a is 0.5');
    expect(() => settingsOf({ name: 'a', ttlMs: 1, lockMs: 99 })).to.throw(RangeError, 'at least 100');
  });
});

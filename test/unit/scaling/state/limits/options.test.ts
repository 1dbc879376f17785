import { expect } from 'chai';
import {
  checkPoints,
  type RateLimitOptions,
  resolveRateLimit,
} from '../../../../../src/scaling/state/limits/options.ts';

const options: RateLimitOptions = { name: 'api', kind: 'progressive', points: 100, durationMs: 60_000 };

describe('the options of a rate limit', () => {
  it('get their defaults from the window', () => {
    expect(resolveRateLimit(options)).to.deep.equal({
      name: 'api',
      kind: 'progressive',
      points: 100,
      durationMs: 60_000,
      blockMs: 60_000,
      longestBlockMs: 3_840_000,
      forgiveMs: 3_840_000,
      onStoreFailure: 'open',
    });
  });

  it('are refused out of their range, with what was given and what is allowed', () => {
    const refused: readonly (readonly [Partial<Record<keyof RateLimitOptions, unknown>>, string])[] = [
      [{ name: '' }, 'rateLimit: name is ""; allowed: 1 to 64 of A-Z a-z 0-9 . _ -'],
      [{ name: 'a"b' }, 'name is "a\\"b"'],
      [{ name: undefined }, 'name is undefined'],
      [{ kind: 'harsh' }, 'kind is "harsh"; allowed: standard, strict, progressive'],
      [{ points: 0 }, 'points is 0; allowed: whole, 1 to 1000000000'],
      [{ points: Number.NaN }, 'points is NaN'],
      [{ durationMs: 1.5 }, 'durationMs is 1.5'],
      [{ blockMs: Number.POSITIVE_INFINITY }, 'blockMs is Infinity'],
      [{ blockMs: 1000, longestBlockMs: 999 }, 'longestBlockMs is 999; allowed: blockMs (1000) or more'],
      [{ forgiveMs: -1 }, 'forgiveMs is -1'],
      [{ onStoreFailure: 'maybe' }, 'onStoreFailure is "maybe"; allowed: open, closed'],
    ];
    for (const [change, message] of refused) {
      expect(() => resolveRateLimit({ ...options, ...change } as RateLimitOptions), message)
        .to.throw(message)
        .with.property('code', 'STATE_BAD_ARGUMENT');
    }
    for (const points of [0, -1, 1.5, Number.NaN]) {
      expect(() => checkPoints(points))
        .to.throw('points is')
        .with.property('code', 'STATE_BAD_ARGUMENT');
    }
  });
});

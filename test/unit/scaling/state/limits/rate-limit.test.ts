import { expect } from 'chai';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import { type RateLimit, type RateLimitOptions, rateLimit } from '../../../../../src/scaling/state/limits/index.ts';
import { SharedLimiter } from '../../../../../src/scaling/state/limits/shared-limiter.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';
import { ClockedCounts } from './clocked-counts.ts';

const UNAVAILABLE = new StateError('STATE_UNAVAILABLE', 'the store is away');

function meter(key: string): number {
  return readMeters().find(([name]) => name === key)?.[1] ?? 0;
}

async function decisions(limit: RateLimit, hits: number, key = 'k'): Promise<string> {
  let text = '';
  for (let hit = 0; hit < hits; hit += 1) text += (await limit.consume(key)).allowed ? '+' : '-';
  return text;
}

describe('a rate limit', () => {
  let state: ClockedCounts;
  const limitOf = (options: Partial<RateLimitOptions>) =>
    rateLimit(state, { name: 'test', kind: 'standard', points: 3, durationMs: 1000, ...options });

  beforeEach(() => {
    state = new ClockedCounts();
  });

  describe('of the standard kind', () => {
    it('lets exactly its points through in each window, which begins with the first hit', async () => {
      const limit = limitOf({});
      state.nowMs = 500;
      expect(await decisions(limit, 5)).to.equal('+++--');
      state.nowMs = 1499;
      expect(await decisions(limit, 1)).to.equal('-');
      state.nowMs = 1500;
      expect(await decisions(limit, 4)).to.equal('+++-');
    });

    it('tells what is left and when it is whole again', async () => {
      const limit = limitOf({});
      await limit.consume('k');
      state.nowMs = 400;
      expect(await limit.consume('k')).to.deep.equal({
        allowed: true,
        limit: 3,
        remaining: 1,
        resetMs: 600,
        retryAfterMs: 0,
        uncounted: false,
      });
      await limit.consume('k');
      expect(await limit.consume('k')).to.deep.equal({
        allowed: false,
        limit: 3,
        remaining: 0,
        resetMs: 600,
        retryAfterMs: 600,
        uncounted: false,
      });
    });

    it('counts each key for itself, and the points of a refused hit too', async () => {
      const limit = limitOf({});
      expect((await limit.consume('k', 4)).allowed).to.equal(false);
      expect((await limit.consume('k')).allowed).to.equal(false);
      expect((await limit.consume('other', 3)).allowed).to.equal(true);
    });

    it('lets up to twice its points through around the edge of two windows', async () => {
      const limit = limitOf({});
      await limit.consume('k');
      state.nowMs = 999;
      expect(await decisions(limit, 2)).to.equal('++');
      state.nowMs = 1000;
      expect(await decisions(limit, 4)).to.equal('+++-');
    });

    it('shares its counts with the limits of the same name, and no others', async () => {
      await decisions(limitOf({}), 3);
      expect(await decisions(limitOf({}), 1)).to.equal('-');
      expect(await decisions(limitOf({ name: 'other' }), 1)).to.equal('+');
    });

    it('holds for windows that are no whole seconds', async () => {
      const limit = limitOf({ durationMs: 1001 });
      expect((await limit.consume('k')).resetMs).to.equal(1001);
    });
  });

  describe('of the strict kind', () => {
    it('blocks a key for its time once it went over, and hits meanwhile do not make it longer', async () => {
      const limit = limitOf({ kind: 'strict', blockMs: 5000 });
      await decisions(limit, 3);
      state.nowMs = 900;
      expect(await limit.consume('k')).to.include({ allowed: false, retryAfterMs: 5000, resetMs: 5000 });
      state.nowMs = 5000;
      expect(await limit.consume('k')).to.include({ allowed: false, retryAfterMs: 900 });
      state.nowMs = 5900;
      expect(await decisions(limit, 4)).to.equal('+++-');
    });
  });

  describe('of the progressive kind', () => {
    const options = { kind: 'progressive', blockMs: 2000, longestBlockMs: 8000, forgiveMs: 10_000 } as const;

    it('doubles the block with each offence up to the longest', async () => {
      const limit = limitOf(options);
      const blocks: number[] = [];
      for (let offence = 0; offence < 5; offence += 1) {
        await decisions(limit, 3);
        const { retryAfterMs } = await limit.consume('k');
        blocks.push(retryAfterMs);
        state.nowMs += retryAfterMs - 1;
        expect(await decisions(limit, 1)).to.equal('-');
        state.nowMs += 1;
      }
      expect(blocks).to.deep.equal([2000, 4000, 8000, 8000, 8000]);
    });

    it('begins anew when the key was quiet long enough after its block', async () => {
      const limit = limitOf(options);
      expect(await decisions(limit, 4)).to.equal('+++-');
      // The block ends at 2,000 and the offence is forgotten at 12,000.
      state.nowMs = 11_999;
      await decisions(limit, 3);
      expect((await limit.consume('k')).retryAfterMs).to.equal(4000);
      state.nowMs = 11_999 + 4000 + 10_000;
      await decisions(limit, 3);
      expect((await limit.consume('k')).retryAfterMs).to.equal(2000);
    });

    it('takes one offence for all that was tried during a block', async () => {
      const limit = limitOf(options);
      expect(await decisions(limit, 30)).to.equal(`+++${'-'.repeat(27)}`);
      state.nowMs = 2000;
      await decisions(limit, 3);
      expect((await limit.consume('k')).retryAfterMs).to.equal(4000);
    });
  });

  it('forgets a key’s hits, block and offences when it is reset', async () => {
    const limit = limitOf({ kind: 'progressive', blockMs: 2000 });
    await decisions(limit, 4);
    await limit.reset('k');
    expect(await decisions(limit, 3)).to.equal('+++');
    expect((await limit.consume('k')).retryAfterMs).to.equal(2000);
  });

  it('counts a key of any length under a short one, so that no client can make itself uncountable', async () => {
    const limit = limitOf({});
    const long = 'ä'.repeat(5000);
    expect(await decisions(limit, 4, long)).to.equal('+++-');
    expect(await decisions(limit, 1, `${long}b`)).to.equal('+');
    expect(Math.max(...state.keys.map((key) => Buffer.byteLength(key)))).to.be.below(100);
    await limit.reset(long);
    expect(await decisions(limit, 1, long)).to.equal('+');
  });

  describe('whose state cannot be reached', () => {
    it('lets hits through by default, and counts that it did', async () => {
      const limit = limitOf({});
      const open = meter('shared_state_fallback_total\trate_limit_open');
      state.failure = UNAVAILABLE;
      expect(await decisions(limit, 5)).to.equal('+++++');
      expect(await limit.consume('k')).to.include({ allowed: true, uncounted: true, retryAfterMs: 0 });
      expect(limit.statistics()).to.deep.equal({ allowed: 0, limited: 0, uncounted: 6 });
      expect(meter('shared_state_fallback_total\trate_limit_open') - open).to.equal(6);
    });

    it('refuses them if it is told so', async () => {
      const limit = limitOf({ onStoreFailure: 'closed' });
      state.failure = UNAVAILABLE;
      expect(await limit.consume('k')).to.include({ allowed: false, uncounted: true, retryAfterMs: 1000 });
    });

    it('does not take a mistake of the caller for that', async () => {
      const limit = limitOf({});
      for (const failure of [new StateError('STATE_WRONG_TYPE', 'a hash'), new TypeError('a mistake')]) {
        state.failure = failure;
        expect(await limit.consume('k').catch((reason: unknown) => reason)).to.equal(failure);
      }
      const error = await limit.consume('k', 0.5).catch((reason: unknown) => reason);
      expect(error).to.be.an('error').with.property('code', 'STATE_BAD_ARGUMENT');
    });

    it('tells the caller of a reset', async () => {
      state.failure = UNAVAILABLE;
      expect(
        await limitOf({})
          .reset('k')
          .catch((reason: unknown) => reason),
      ).to.equal(UNAVAILABLE);
    });
  });

  it('counts what it let through and what it refused', async () => {
    const limit = limitOf({ name: 'counted' });
    await decisions(limit, 5);
    expect(limit.statistics()).to.deep.equal({ allowed: 3, limited: 2, uncounted: 0 });
    expect(meter('rate_limited_total\tcounted')).to.equal(2);
  });
});

describe('the store of rate-limiter-flexible over the shared state', () => {
  it('does what the package’s own stores do for get, penalty, reward and delete', async () => {
    const state = new ClockedCounts();
    const limiter = new SharedLimiter(state, { points: 5, durationMs: 1000, blockMs: 0, keyPrefix: 'p', call: {} });
    expect(await limiter.get('k')).to.equal(null);
    await limiter.consume('k', 2);
    await limiter.penalty('k', 2);
    await limiter.reward('k', 1);
    expect(await limiter.get('k')).to.deep.include({ _consumedPoints: 3, _remainingPoints: 2, _msBeforeNext: 1000 });
    expect(await limiter.delete('k')).to.equal(true);
    expect(await limiter.delete('k')).to.equal(false);
  });

  it('blocks a key that has no count yet', async () => {
    const state = new ClockedCounts();
    const limiter = new SharedLimiter(state, { points: 5, durationMs: 1000, blockMs: 0, keyPrefix: 'p', call: {} });
    await limiter.block('k', 3);
    const refusal = await limiter.consume('k').catch((reason: unknown) => reason);
    expect(refusal).to.deep.include({ _msBeforeNext: 3000, _remainingPoints: 0 });
  });
});

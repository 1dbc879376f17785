import { expect } from 'chai';
import fc from 'fast-check';
import { hashString, mix32 } from '../../../../src/scaling/balancing/hash.ts';
import { addresses, SEEDED } from './candidates.ts';

describe('mix32', () => {
  it('is MurmurHash3’s finalizer', () => {
    // MurmurHash3_x86_32 of the empty string is the finalizer of the seed; these are its published values.
    expect(mix32(0)).to.equal(0);
    expect(mix32(1)).to.equal(0x514e28b7);
    expect(mix32(0xffffffff)).to.equal(0x81f16f39);
  });

  it('maps different integers to different ones, within 32 bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (a, b) => {
        expect(mix32(a) === mix32(b)).to.equal(a === b);
        expect(mix32(a)).to.be.within(0, 2 ** 32 - 1);
      }),
      SEEDED,
    );
  });
});

describe('hashString', () => {
  it('is FNV-1a, mixed', () => {
    // The FNV-1a values are those of the authors' test vectors.
    expect(hashString('')).to.equal(mix32(0x811c9dc5));
    expect(hashString('a')).to.equal(mix32(0xe40c292c));
    expect(hashString('foobar')).to.equal(mix32(0xbf9cf968));
  });

  it('spreads client addresses evenly over both its low and its high bits', () => {
    const low = new Array<number>(16).fill(0);
    const high = new Array<number>(16).fill(0);
    for (const address of addresses(32_000)) {
      const hash = hashString(address);
      low[hash & 15] = (low[hash & 15] ?? 0) + 1;
      high[hash >>> 28] = (high[hash >>> 28] ?? 0) + 1;
    }
    // 2,000 each are expected, with a standard deviation of 43.
    expect(Math.min(...low, ...high)).to.be.above(1_800);
    expect(Math.max(...low, ...high)).to.be.below(2_200);
  });
});

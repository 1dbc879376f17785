import { expect } from 'chai';
import fc from 'fast-check';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';

describe('versioned records', () => {
  it('count their writes, and refuse one that expects another version', () => {
    const { records } = new Store(1e6);
    expect(records.compareAndSet('r', 0, 'a', 100, 0)).to.deep.equal({ stored: true, version: 1 });
    expect(records.compareAndSet('r', 1, 'b', 100, 10)).to.deep.equal({ stored: true, version: 2 });
    expect(records.compareAndSet('r', 1, 'c', 100, 20)).to.deep.equal({
      stored: false,
      current: { version: 2, value: 'b', ttlMs: 80 },
    });
    expect(records.compareAndSet('r', 0, 'c', 100, 20).stored).to.equal(false);
  });

  it('leave their next version behind when deleted, so that a late writer does not fit', () => {
    const { records } = new Store(1e6);
    records.compareAndSet('r', 0, 'a', 100, 0);
    expect(records.delete('r', 10)).to.equal(true);
    expect(records.read('r', 10)).to.equal(undefined);
    expect(records.delete('r', 10)).to.equal(false);
    expect(records.touch('r', 500, 10)).to.equal(false);
    expect(records.compareAndSet('r', 1, 'late', 100, 20)).to.deep.equal({ stored: false, current: undefined });
    expect(records.compareAndSet('r', 2, 'late', 100, 20)).to.deep.equal({ stored: false, current: undefined });
    expect(records.compareAndSet('r', 0, 'new', 100, 20)).to.deep.equal({ stored: true, version: 3 });
  });

  it('forget a deletion when the record would have been over', () => {
    const { records } = new Store(1e6);
    records.compareAndSet('r', 0, 'a', 100, 0);
    records.delete('r', 10);
    expect(records.compareAndSet('r', 0, 'b', 200, 100)).to.deep.equal({ stored: true, version: 1 });
  });

  it('take over a copy only if it is newer, deletions included', () => {
    const { records } = new Store(1e6);
    expect(records.setIfNewer('r', 5, 'e', 100, 0)).to.equal(true);
    expect(records.setIfNewer('r', 5, 'x', 100, 0)).to.equal(false);
    expect(records.setIfNewer('r', 4, 'x', 100, 0)).to.equal(false);
    expect(records.read('r', 0)).to.deep.equal({ version: 5, value: 'e', ttlMs: 100 });
    expect(records.setIfNewer('r', 6, null, 100, 0)).to.equal(true);
    expect(records.read('r', 0)).to.equal(undefined);
    expect(records.setIfNewer('r', 6, 'x', 100, 0)).to.equal(false);
    expect(records.setIfNewer('r', 7, 'g', 100, 0)).to.equal(true);
  });

  it('begin their time anew when touched, and keep their version', () => {
    const { records } = new Store(1e6);
    records.compareAndSet('r', 0, 'a', 100, 0);
    expect(records.touch('r', 300, 99)).to.equal(true);
    expect(records.read('r', 299)).to.deep.equal({ version: 1, value: 'a', ttlMs: 1 });
    expect(records.touch('r', 900, 300)).to.equal(false);
  });

  it('come to the same state in whatever order copies arrive', () => {
    const copy = fc.record({ version: fc.integer({ min: 1, max: 8 }), deleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(copy, { minLength: 1 }), fc.array(fc.nat()), (copies, order) => {
        // One version has one content: whichever comes first of the generated ones.
        const byVersion = new Map(
          copies.map(({ version, deleted }) => [version, deleted ? null : `v${version}`] as const),
        );
        const shuffled = [...byVersion].sort((a, b) => (order[a[0]] ?? 0) - (order[b[0]] ?? 0));
        const { records } = new Store(1e6);
        for (const [version, value] of shuffled) records.setIfNewer('r', version, value, 100, 0);
        const newest = Math.max(...byVersion.keys());
        const value = byVersion.get(newest) ?? null;
        expect(records.read('r', 0)).to.deep.equal(value === null ? undefined : { version: newest, value, ttlMs: 100 });
      }),
    );
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { chargeOf } from '../../../../../../src/scaling/state/embedded/store/entry.ts';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';
import type { StateError } from '../../../../../../src/scaling/state/errors.ts';

const STAYS = Number.POSITIVE_INFINITY;
const LIMIT_BYTES = 64 * 1024;
const KIB = 'x'.repeat(1024);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as StateError).code;
  }
  return 'none';
}

/** Fills a store with values of 1 KiB that may be evicted: `v0`, `v1` … Returns how many fit. */
function fill(store: Store, expiresMs: number): number {
  let count = 0;
  while (store.memory.usedBytes + chargeOf('v00', KIB.length) <= LIMIT_BYTES) {
    store.values.set(`v${String(count).padStart(2, '0')}`, KIB, expiresMs, 0);
    count++;
  }
  return count;
}

describe('the memory of the embedded store', () => {
  it('is charged for keys and values, and gets all of it back', () => {
    const store = new Store(LIMIT_BYTES);
    store.values.set('ab', 'xyz', STAYS, 0);
    expect(store.memory.usedBytes).to.equal(chargeOf('ab', 3));
    store.values.set('ab', 'x', STAYS, 0);
    expect(store.memory.usedBytes).to.equal(chargeOf('ab', 1));
    store.delete(['ab'], 0);
    expect(store.memory.usedBytes).to.equal(0);
  });

  it('evicts the value that was not used for longest, and no more than it must', () => {
    const store = new Store(LIMIT_BYTES);
    const count = fill(store, 1000);
    store.values.get('v00', 1);
    store.values.set('new', KIB, 1000, 2);
    expect(store.values.get('v00', 3)).to.equal(KIB);
    expect(store.values.get('v01', 3)).to.equal(undefined);
    expect(store.values.get('v02', 3)).to.equal(KIB);
    expect(store.figures()).to.include({ evicted: 1, keys: count });
  });

  it('never evicts what has no time, and then says that it is full', () => {
    const store = new Store(LIMIT_BYTES);
    const count = fill(store, STAYS);
    expect(codeOf(() => store.values.set('new', KIB, 1000, 0))).to.equal('STATE_FULL');
    expect(store.figures()).to.include({ evicted: 0, keys: count });
  });

  it('evicts nothing for a write that would not fit all the same', () => {
    const store = new Store(LIMIT_BYTES);
    const count = fill(store, 1000);
    expect(codeOf(() => store.values.set('new', 'x'.repeat(LIMIT_BYTES), 1000, 0))).to.equal('STATE_FULL');
    expect(store.figures()).to.include({ evicted: 0, keys: count });
  });

  it('leaves a value that can not grow as it was', () => {
    const store = new Store(LIMIT_BYTES);
    store.values.set('kept', 'before', 1000, 0);
    expect(codeOf(() => store.values.set('kept', 'x'.repeat(LIMIT_BYTES), 1000, 0))).to.equal('STATE_FULL');
    expect(store.values.get('kept', 1)).to.equal('before');
    store.sets.add('other', ['m'], undefined, 0);
    expect(codeOf(() => store.values.set('other', 'x'.repeat(LIMIT_BYTES), 1000, 0))).to.equal('STATE_FULL');
    expect(store.sets.members('other', 1)).to.deep.equal(['m']);
  });

  it('does not evict a value to make room for that very value', () => {
    const store = new Store(LIMIT_BYTES);
    fill(store, 1000);
    store.values.set('v00', KIB.repeat(3), 1000, 1);
    expect(store.values.get('v00', 2)).to.equal(KIB.repeat(3));
  });

  it('gives up counts only when no value can go, and for a record both', () => {
    const store = new Store(LIMIT_BYTES);
    store.counts.increment('oldest', 1, 1000, 0);
    const count = fill(store, 1000);
    store.records.compareAndSet('session', 0, KIB, 1000, 1);
    expect(store.counts.read('oldest', 2)?.value).to.equal(1);
    store.records.compareAndSet('large', 0, 'x'.repeat(LIMIT_BYTES - 1600), 1000, 3);
    expect(store.counts.read('oldest', 4)).to.equal(undefined);
    expect(store.records.read('session', 4)?.value).to.equal(KIB);
    expect(store.figures()).to.include({ keys: 0, records: 2, evicted: count + 1 });
  });

  it('never evicts records, hashes, sets or reservations, with a time or not', () => {
    const store = new Store(LIMIT_BYTES);
    store.records.compareAndSet('r', 0, 'x', 1e6, 0);
    store.hashes.set('h', [['f', 'x']], 1e6, 0);
    store.sets.add('s', ['m'], 1e6, 0);
    store.reservations.reserve('q', 't', [{ name: 'n', by: 1, max: 1 }], 0);
    for (let index = 0; index < 1000; index++) store.values.set(`v${index}`, KIB, 1e6, 0);
    expect(store.records.read('r', 1)?.version).to.equal(1);
    expect(store.hashes.getAll('h', 1)?.get('f')).to.equal('x');
    expect(store.sets.members('s', 1)).to.deep.equal(['m']);
    expect(store.reservations.tokens('q', 1)).to.deep.equal(['t']);
  });

  it('takes the room of what has expired before it says that it is full', () => {
    const store = new Store(LIMIT_BYTES);
    store.records.compareAndSet('a', 0, 'x'.repeat(LIMIT_BYTES / 2), 1000, 0);
    expect(codeOf(() => store.records.compareAndSet('b', 0, 'x'.repeat(LIMIT_BYTES / 2), 9000, 999))).to.equal(
      'STATE_FULL',
    );
    expect(store.records.compareAndSet('b', 0, 'x'.repeat(LIMIT_BYTES / 2), 9000, 2000).stored).to.equal(true);
  });

  it('lets what has expired go bit by bit without anybody asking for it', () => {
    const store = new Store(64 * 1024 * 1024);
    for (let index = 0; index < 20_000; index++) store.values.set(`v${index}`, 'x', index % 2 === 0 ? 10 : STAYS, 0);
    for (let round = 0; round < 20; round++) store.sweep(10);
    expect(store.figures()).to.include({ keys: 10_000, expired: 10_000 });
  });

  it('refuses a limit that is none', () => {
    expect(() => new Store(100)).to.throw(RangeError, 'it must be a whole number of at least 65536 bytes');
    expect(() => new Store(Number.NaN)).to.throw(RangeError);
  });

  it('adds up to nothing when everything is gone, whatever was done', () => {
    const key = fc.constantFrom('a', 'b', 'ç', '漢');
    const text = fc.string({ maxLength: 300 });
    const names = fc.array(fc.constantFrom('m', 'n', 'ö', 'p'), { maxLength: 5 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, text, ttl: fc.option(fc.nat(50), { nil: undefined }) }),
      fc.record({ do: fc.constant('count' as const), key }),
      fc.record({ do: fc.constant('hash' as const), key, names, text }),
      fc.record({ do: fc.constant('hashDelete' as const), key, names }),
      fc.record({ do: fc.constant('add' as const), key, names }),
      fc.record({ do: fc.constant('remove' as const), key, names }),
      fc.record({ do: fc.constant('record' as const), key, text, version: fc.nat(20) }),
      fc.record({ do: fc.constant('forget' as const), key }),
      fc.record({ do: fc.constant('reserve' as const), key, token: fc.constantFrom('t', 'u') }),
      fc.record({ do: fc.constant('release' as const), key, token: fc.constantFrom('t', 'u') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const store = new Store(LIMIT_BYTES);
        steps.forEach((one, nowMs) => {
          try {
            if (one.do === 'set')
              store.values.set(one.key, one.text, one.ttl === undefined ? STAYS : nowMs + one.ttl, nowMs);
            if (one.do === 'count') store.counts.increment(one.key, 1, 20, nowMs);
            if (one.do === 'hash')
              store.hashes.set(
                one.key,
                [...new Set(one.names)].map((name) => [name, one.text]),
                undefined,
                nowMs,
              );
            if (one.do === 'hashDelete') store.hashes.delete(one.key, one.names, nowMs);
            if (one.do === 'add') store.sets.add(one.key, one.names, undefined, nowMs);
            if (one.do === 'remove') store.sets.remove(one.key, one.names, nowMs);
            if (one.do === 'record') store.records.setIfNewer(one.key, one.version, one.text, nowMs + 30, nowMs);
            if (one.do === 'forget') store.records.delete(one.key, nowMs);
            if (one.do === 'reserve')
              store.reservations.reserve(one.key, one.token, [{ name: 'n', by: 1, max: 9 }], nowMs);
            if (one.do === 'release') store.reservations.release(one.key, one.token, nowMs);
          } catch (error) {
            if ((error as StateError).code !== 'STATE_WRONG_TYPE') throw error;
          }
        });
        for (const name of ['a', 'b', 'ç', '漢']) {
          store.delete([name], 1e6);
          for (const token of ['t', 'u']) store.reservations.release(name, token, 1e6);
        }
        store.sweep(1e6);
        expect(store.figures()).to.include({ usedBytes: 0, keys: 0, records: 0, reservations: 0, evicted: 0 });
        expect(store.memory.values.bytes + store.memory.counts.bytes).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps below its limit and counts what may go exactly, in any flood', () => {
    const write = fc.record({ key: fc.nat(200), bytes: fc.nat(9000), volatile: fc.boolean(), read: fc.nat(200) });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 150 }), (writes) => {
        const store = new Store(LIMIT_BYTES);
        const held = new Map<string, number>();
        for (const { key, bytes, volatile, read } of writes) {
          try {
            store.values.set(`k${key}`, 'x'.repeat(bytes), volatile ? 1e6 : STAYS, 0);
          } catch (error) {
            expect((error as StateError).code).to.equal('STATE_FULL');
          }
          store.values.get(`k${read}`, 0);
          expect(store.memory.usedBytes).to.be.at.most(LIMIT_BYTES);
        }
        for (let key = 0; key <= 200; key++) {
          const value = store.values.get(`k${key}`, 0);
          if (value !== undefined) held.set(`k${key}`, chargeOf(`k${key}`, value.length));
        }
        expect(store.memory.usedBytes).to.equal([...held.values()].reduce((sum, bytes) => sum + bytes, 0));
      }),
      { numRuns: 60 },
    );
  });
});

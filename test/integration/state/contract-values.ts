import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { ALL_BYTES, all, type ContractContext, rejection } from './contract-context.ts';

const SOON_MS = 60;
const LONG_MS = 60_000;

export function describeValues(context: ContractContext): void {
  describe('values', () => {
    it('reads nothing where nothing was written', async () => {
      expect(await context.state.get(context.key())).to.equal(undefined);
    });

    it('gives back text as its UTF-8 bytes, to every connection', async () => {
      const key = context.key('ключ-🔑');
      await context.state.set(key, 'grüße 👋');
      expect((await context.another.get(key))?.toString()).to.equal('grüße 👋');
    });

    it('gives back any bytes as they were, and the empty value', async () => {
      const [bytes, view, empty] = [context.key(), context.key(), context.key()];
      await context.state.set(bytes, ALL_BYTES);
      await context.state.set(view, new Uint8Array(ALL_BYTES.buffer, ALL_BYTES.byteOffset + 3, 100));
      await context.state.set(empty, '');
      expect(await context.another.get(bytes)).to.deep.equal(ALL_BYTES);
      expect(await context.another.get(view)).to.deep.equal(ALL_BYTES.subarray(3, 103));
      expect((await context.another.get(empty))?.length).to.equal(0);
    });

    it('gives back a value of a megabyte', async () => {
      const key = context.key();
      const value = Buffer.alloc(1024 * 1024, ALL_BYTES);
      await context.state.set(key, value);
      expect((await context.another.get(key))?.equals(value)).to.equal(true);
      await context.state.delete([key]);
    });

    it('takes a key of 1,024 bytes', async () => {
      const key = context.key().padEnd(1024, 'k');
      await context.state.set(key, 'long');
      expect(String(await context.state.get(key))).to.equal('long');
    });

    it('reads many in the order asked for, wherever they lie', async () => {
      const keys = Array.from({ length: 40 }, () => context.key());
      await Promise.all(keys.map((key, index) => (index % 3 === 0 ? null : context.state.set(key, `value ${index}`))));
      const values = await context.another.getMany(keys);
      expect(values.map((value) => value?.toString())).to.deep.equal(
        keys.map((_, index) => (index % 3 === 0 ? undefined : `value ${index}`)),
      );
      expect(await context.state.getMany([])).to.deep.equal([]);
    });

    it('overwrites, and what has no TTL any more stays', async () => {
      const key = context.key();
      await context.state.set(key, 'one', { ttlMs: SOON_MS });
      await context.state.set(key, 'two');
      await context.state.set(context.key('marker'), '', { ttlMs: SOON_MS });
      await expired(context, SOON_MS);
      expect(String(await context.state.get(key))).to.equal('two');
    });

    it('forgets a value when its time is over', async () => {
      const key = context.key();
      await context.state.set(key, 'short', { ttlMs: SOON_MS });
      await until('the value is gone', async () => (await context.another.get(key)) === undefined);
      expect(await context.state.delete([key])).to.equal(0);
    });

    it('begins the time anew', async () => {
      const [kept, gone] = [context.key(), context.key()];
      await context.state.set(kept, 'kept', { ttlMs: SOON_MS * 3 });
      expect(await context.another.expire(kept, LONG_MS)).to.equal(true);
      expect(await context.state.expire(gone, LONG_MS)).to.equal(false);
      await expired(context, SOON_MS * 4);
      expect(String(await context.state.get(kept))).to.equal('kept');
      expect(await context.state.expire(kept, 1)).to.equal(true);
      await until('the value is gone', async () => (await context.state.get(kept)) === undefined);
    });

    it('adds only where there is none, and lets one of many win', async () => {
      const key = context.key();
      const added = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? context.state : context.another).add(key, `holder ${index}`, { ttlMs: LONG_MS }),
        ),
      );
      expect(added.filter(Boolean)).to.have.length(1);
      expect(String(await context.state.get(key))).to.equal(`holder ${added.indexOf(true)}`);
    });

    it('adds again when the time is over', async () => {
      const key = context.key();
      expect(await context.state.add(key, 'first', { ttlMs: SOON_MS })).to.equal(true);
      await until('it can be added', () => context.another.add(key, 'second'));
      expect(String(await context.state.get(key))).to.equal('second');
    });

    it("lets only the holder's value be deleted", async () => {
      const key = context.key();
      await context.state.set(key, ALL_BYTES);
      expect(await context.another.deleteIfEqual(key, 'another')).to.equal(false);
      expect(await context.state.deleteIfEqual(context.key(), ALL_BYTES)).to.equal(false);
      expect(await context.another.deleteIfEqual(key, ALL_BYTES)).to.equal(true);
      expect(await context.state.get(key)).to.equal(undefined);
    });

    it('deletes entries of any kind and says how many there were', async () => {
      const [value, count, hash, set, none] = [1, 2, 3, 4, 5].map(() => context.key()) as [string, ...string[]];
      await context.state.set(value, 'value');
      await context.state.increment(count as string, 1, LONG_MS);
      await context.state.hashSet(hash as string, { field: 'value' });
      await context.state.setAdd(set as string, ['member']);
      const keys = [value, count, hash, set, none] as string[];
      expect(await context.another.delete(keys)).to.equal(4);
      expect(await context.another.delete(keys)).to.equal(0);
      expect(await context.state.delete([])).to.equal(0);
    });

    it('says so when an entry is of another kind', async () => {
      const { state } = context;
      const [value, hash, count] = [context.key(), context.key(), context.key()];
      await state.set(value, 'value');
      await state.hashSet(hash, { field: 'value' });
      await state.increment(count, 1, LONG_MS);
      await rejection(state.increment(value, 1, LONG_MS), 'STATE_WRONG_TYPE');
      await rejection(state.count(value), 'STATE_WRONG_TYPE');
      await rejection(state.hashGetAll(value), 'STATE_WRONG_TYPE');
      await rejection(state.setAdd(value, ['member']), 'STATE_WRONG_TYPE');
      await rejection(state.get(hash), 'STATE_WRONG_TYPE');
      await rejection(state.getMany([value, hash]), 'STATE_WRONG_TYPE');
      await rejection(state.deleteIfEqual(hash, 'value'), 'STATE_WRONG_TYPE');
      await rejection(state.get(count), 'STATE_WRONG_TYPE');
      await rejection(state.hashIncrement(hash, 'field', 1), 'STATE_WRONG_TYPE');
      expect(await state.add(hash, 'value')).to.equal(false);
      await state.set(hash, 'value takes its place');
      expect(String(await state.get(hash))).to.equal('value takes its place');
    });

    it('tells all keys that begin with a prefix, of any kind but records and reservations', async () => {
      const prefix = context.key('scan*[a]?\\');
      const { state } = context;
      const keys = Array.from({ length: 300 }, (_, index) => `${prefix}:${String(index).padStart(3, '0')}`);
      await Promise.all(keys.map((key) => state.set(key, '', { ttlMs: LONG_MS })));
      await state.increment(`${prefix}:count`, 1, LONG_MS);
      await state.hashSet(`${prefix}:hash`, { field: 'value' });
      await state.setAdd(`${prefix}:set`, ['member']);
      await state.records.compareAndSet(`${prefix}:record`, 0, 'record', { ttlMs: LONG_MS });
      await state.reservations.reserve(`${prefix}:reservation`, 'token', [{ name: 'slots', by: 1, max: 1 }]);
      await state.set(context.key('scan-a'), 'matches as a pattern, not as a prefix');
      expect(await all(context.another.scan(prefix))).to.deep.equal([
        ...keys,
        `${prefix}:count`,
        `${prefix}:hash`,
        `${prefix}:set`,
      ]);
      expect(await all(state.scan(`${prefix}:none`))).to.deep.equal([]);
    });

    it('goes on with other calls in the middle of a scan, and can be left', async () => {
      const prefix = context.key('left');
      const keys = Array.from({ length: 50 }, (_, index) => `${prefix}:${index}`);
      await Promise.all(keys.map((key) => context.state.set(key, '', { ttlMs: LONG_MS })));
      for await (const key of context.state.scan(prefix)) {
        expect(await context.state.delete([key])).to.equal(1);
        break;
      }
      expect(await all(context.state.scan(prefix))).to.have.length(49);
    });
  });
}

/** Waits until something that lives `ttlMs` from now is gone from the store, by the store's own clock. */
export async function expired(context: ContractContext, ttlMs: number): Promise<void> {
  const key = context.key('clock');
  await context.state.set(key, '', { ttlMs });
  await until('the time is over', async () => (await context.state.get(key)) === undefined);
}

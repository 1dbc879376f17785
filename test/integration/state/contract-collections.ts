import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { ALL_BYTES, type ContractContext, rejection } from './contract-context.ts';
import { expired } from './contract-values.ts';

const LONG_MS = 60_000;

export function describeCollections(context: ContractContext): void {
  describe('hashes', () => {
    it('keeps fields, of any bytes, beside each other', async () => {
      const key = context.key();
      await context.state.hashSet(key, { a: 'one', 'größe 📏': ALL_BYTES });
      await context.another.hashSet(key, { a: 'two', empty: '' });
      const fields = await context.state.hashGetAll(key);
      expect(Object.keys(fields).sort()).to.deep.equal(['a', 'empty', 'größe 📏'].sort());
      expect(String(fields.a)).to.equal('two');
      expect(fields.empty?.length).to.equal(0);
      expect(fields['größe 📏']).to.deep.equal(ALL_BYTES);
      expect(await context.state.hashGetAll(context.key())).to.deep.equal({});
    });

    it('takes field names that mean something to objects', async () => {
      const key = context.key();
      await context.state.hashSet(key, JSON.parse('{"__proto__":"p","constructor":"c"}'));
      const fields = await context.another.hashGetAll(key);
      expect(Object.keys(fields).sort()).to.deep.equal(['__proto__', 'constructor']);
      expect(String(Object.getOwnPropertyDescriptor(fields, '__proto__')?.value)).to.equal('p');
    });

    it('deletes fields, and is gone with the last', async () => {
      const key = context.key();
      await context.state.hashSet(key, { a: '1', b: '2', c: '3' });
      expect(await context.another.hashDelete(key, ['a', 'b', 'x'])).to.equal(2);
      expect(await context.state.hashDelete(key, [])).to.equal(0);
      expect(Object.keys(await context.state.hashGetAll(key))).to.deep.equal(['c']);
      expect(await context.state.hashDelete(key, ['c'])).to.equal(1);
      expect(await context.state.delete([key])).to.equal(0);
    });

    it('has a time of its own, which writes without one leave as it is', async () => {
      const [key, kept] = [context.key(), context.key()];
      await context.state.hashSet(key, { a: '1' }, { ttlMs: 150 });
      await context.state.hashSet(key, { b: '2' });
      await context.state.hashIncrement(key, 'n', 1);
      await context.state.hashSet(kept, { a: '1' }, { ttlMs: 150 });
      await context.state.hashSet(kept, { b: '2' }, { ttlMs: LONG_MS });
      await expired(context, 200);
      expect(await context.state.hashGetAll(key)).to.deep.equal({});
      expect(Object.keys(await context.state.hashGetAll(kept)).sort()).to.deep.equal(['a', 'b']);
    });

    it('counts in a field, exactly, over two connections', async () => {
      const key = context.key();
      const values = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          (index % 2 === 0 ? context.state : context.another).hashIncrement(key, 'n', 2),
        ),
      );
      expect(Math.max(...values)).to.equal(400);
      expect(new Set(values).size).to.equal(200);
      expect(await context.state.hashIncrement(key, 'n', -500)).to.equal(-100);
      expect(String((await context.another.hashGetAll(key)).n)).to.equal('-100');
    });

    it('refuses to count what is no number, or beyond what is exact', async () => {
      const key = context.key();
      await context.state.hashSet(key, { text: 'many', most: String(Number.MAX_SAFE_INTEGER) });
      await rejection(context.state.hashIncrement(key, 'text', 1), 'STATE_WRONG_TYPE');
      await rejection(context.state.hashIncrement(key, 'most', 1), 'STATE_BAD_ARGUMENT');
      expect(await context.state.hashIncrement(key, 'most', -1)).to.equal(Number.MAX_SAFE_INTEGER - 1);
    });
  });

  describe('sets', () => {
    it('keeps each member once', async () => {
      const key = context.key();
      expect(await context.state.setAdd(key, ['a', 'b', 'a', 'ünï'])).to.equal(3);
      expect(await context.another.setAdd(key, ['b', 'c'])).to.equal(1);
      expect([...(await context.state.setMembers(key))].sort()).to.deep.equal(['a', 'b', 'c', 'ünï']);
      expect(await context.state.setMembers(context.key())).to.deep.equal([]);
      expect(await context.state.setAdd(key, [])).to.equal(0);
    });

    it('removes members, and is gone with the last', async () => {
      const key = context.key();
      await context.state.setAdd(key, ['a', 'b']);
      expect(await context.another.setRemove(key, ['a', 'x'])).to.equal(1);
      expect(await context.state.setRemove(key, [])).to.equal(0);
      expect(await context.state.setRemove(key, ['b'])).to.equal(1);
      expect(await context.state.delete([key])).to.equal(0);
    });

    it('has a time of its own, which additions without one leave as it is', async () => {
      const [key, kept] = [context.key(), context.key()];
      await context.state.setAdd(key, ['a'], { ttlMs: 100 });
      expect(await context.state.setAdd(key, ['b'])).to.equal(1);
      await context.state.setAdd(kept, ['a']);
      expect(await context.state.setAdd(kept, ['a', 'b'], { ttlMs: LONG_MS })).to.equal(1);
      await until('the set is gone', async () => (await context.another.setMembers(key)).length === 0);
      expect([...(await context.state.setMembers(kept))].sort()).to.deep.equal(['a', 'b']);
    });
  });
}

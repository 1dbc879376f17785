import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { ALL_BYTES, all, type ContractContext } from './contract-context.ts';
import { expired } from './contract-values.ts';

const KEEP = { ttlMs: 60_000 };

export function describeRecords(context: ContractContext): void {
  describe('versioned records', () => {
    it('begins with version 1, and counts its writes', async () => {
      const { records } = context.state;
      const key = context.key();
      expect(await records.read(key)).to.equal(undefined);
      expect(await records.compareAndSet(key, 0, ALL_BYTES, KEEP)).to.deep.equal({ stored: true, version: 1 });
      const record = await context.another.records.read(key);
      expect(record).to.deep.include({ version: 1, value: ALL_BYTES });
      expect(record?.ttlMs).to.be.within(50_000, 60_000);
      expect(await records.compareAndSet(key, 1, 'two', KEEP)).to.deep.equal({ stored: true, version: 2 });
    });

    it('refuses a stale writer, and shows what is there', async () => {
      const { records } = context.state;
      const key = context.key();
      const absent = await records.compareAndSet(key, 3, 'x', KEEP);
      expect(absent).to.deep.equal({ stored: false, current: undefined });
      await records.compareAndSet(key, 0, 'one', KEEP);
      await records.compareAndSet(key, 1, 'two', KEEP);
      for (const expected of [0, 1, 3]) {
        const refused = await context.another.records.compareAndSet(key, expected, 'stale', KEEP);
        if (refused.stored) expect.fail(`stored over version 2 with expected ${expected}`);
        expect(refused.current).to.deep.include({ version: 2, value: Buffer.from('two') });
        expect(refused.current?.ttlMs).to.be.within(50_000, 60_000);
      }
    });

    it('lets one of many concurrent writers win each version', async () => {
      const key = context.key();
      const write = async (index: number): Promise<void> => {
        const { records } = index % 2 === 0 ? context.state : context.another;
        for (;;) {
          const current = await records.read(key);
          const list = JSON.parse(current?.value.toString() ?? '[]') as number[];
          const value = JSON.stringify([...list, index]);
          if ((await records.compareAndSet(key, current?.version ?? 0, value, KEEP)).stored) return;
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, index) => write(index)));
      const record = await context.state.records.read(key);
      const writers = JSON.parse(String(record?.value)) as number[];
      expect(record?.version).to.equal(12);
      expect(writers.sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 12 }, (_, index) => index));
    });

    it('goes on from the version of a deletion, so that no stale version fits', async () => {
      const { records } = context.state;
      const key = context.key();
      await records.compareAndSet(key, 0, 'one', KEEP);
      expect(await context.another.records.delete(key)).to.equal(true);
      expect(await records.delete(key)).to.equal(false);
      expect(await records.read(key)).to.equal(undefined);
      expect(await records.touch(key, 60_000)).to.equal(false);
      for (const expected of [1, 2]) {
        const stale = await records.compareAndSet(key, expected, 'stale', KEEP);
        expect(stale).to.deep.equal({ stored: false, current: undefined });
      }
      expect(await records.compareAndSet(key, 0, 'anew', KEEP)).to.deep.equal({ stored: true, version: 3 });
      expect(await records.read(key)).to.deep.include({ version: 3, value: Buffer.from('anew') });
    });

    it('deletes nothing where there is nothing', async () => {
      expect(await context.state.records.delete(context.key())).to.equal(false);
      expect(await context.state.records.touch(context.key(), 1000)).to.equal(false);
    });

    it('forgets a record, and the marker of a deleted one, when the time is over', async () => {
      const { records } = context.state;
      const [record, marker] = [context.key(), context.key()];
      await records.compareAndSet(record, 0, 'short', { ttlMs: 100 });
      await records.compareAndSet(marker, 0, 'short', { ttlMs: 100 });
      await records.delete(marker);
      await until('the record is gone', async () => (await records.read(record)) === undefined);
      await expired(context, 120);
      expect(await records.compareAndSet(marker, 0, 'new', KEEP)).to.deep.equal({ stored: true, version: 1 });
      expect(await records.compareAndSet(record, 0, 'new', KEEP)).to.deep.equal({ stored: true, version: 1 });
    });

    it('begins the time anew without another version', async () => {
      const { records } = context.state;
      const key = context.key();
      await records.compareAndSet(key, 0, 'value', { ttlMs: 150 });
      expect(await context.another.records.touch(key, 60_000)).to.equal(true);
      await expired(context, 200);
      expect(await records.read(key)).to.deep.include({ version: 1 });
    });

    it('takes over newer copies only, and repeating that changes nothing', async () => {
      const { records } = context.state;
      const key = context.key();
      expect(await records.setIfNewer(key, 5, 'five', KEEP)).to.equal(true);
      expect(await records.setIfNewer(key, 5, 'other five', KEEP)).to.equal(false);
      expect(await context.another.records.setIfNewer(key, 4, 'four', KEEP)).to.equal(false);
      expect(await records.read(key)).to.deep.include({ version: 5, value: Buffer.from('five') });
      expect(await records.setIfNewer(key, 9, ALL_BYTES, KEEP)).to.equal(true);
      expect(await records.read(key)).to.deep.include({ version: 9, value: ALL_BYTES });
      expect(await records.compareAndSet(key, 9, 'ten', KEEP)).to.deep.equal({ stored: true, version: 10 });
    });

    it('takes over deletions as well, and a newer record over a deletion', async () => {
      const { records } = context.state;
      const key = context.key();
      await records.setIfNewer(key, 5, 'five', KEEP);
      expect(await records.setIfNewer(key, 5, null, KEEP)).to.equal(false);
      expect(await records.setIfNewer(key, 6, null, KEEP)).to.equal(true);
      expect(await records.read(key)).to.equal(undefined);
      expect(await records.setIfNewer(key, 6, 'six', KEEP)).to.equal(false);
      expect(await records.setIfNewer(key, 7, 'seven', KEEP)).to.equal(true);
      expect(await records.read(key)).to.deep.include({ version: 7 });
      expect(await records.setIfNewer(context.key(), 1, null, KEEP)).to.equal(true);
    });

    it('keeps large versions exact', async () => {
      const { records } = context.state;
      const key = context.key();
      const version = 2 ** 52 + 1;
      expect(await records.setIfNewer(key, version, 'x', KEEP)).to.equal(true);
      expect(await records.compareAndSet(key, version, 'y', KEEP)).to.deep.equal({
        stored: true,
        version: version + 1,
      });
      expect((await records.read(key))?.version).to.equal(version + 1);
    });

    it('has keys of its own: an entry of the same key is another thing', async () => {
      const key = context.key();
      await context.state.set(key, 'entry');
      await context.state.records.compareAndSet(key, 0, 'record', KEEP);
      expect(String(await context.another.get(key))).to.equal('entry');
      expect(await context.state.delete([key])).to.equal(1);
      expect(String((await context.state.records.read(key))?.value)).to.equal('record');
    });

    it('tells the keys of living records only', async () => {
      const { records } = context.state;
      const prefix = context.key('records?');
      const keys = Array.from({ length: 120 }, (_, index) => `${prefix}:${String(index).padStart(3, '0')}`);
      await Promise.all(keys.map((key) => records.compareAndSet(key, 0, 'x', KEEP)));
      await context.state.set(`${prefix}:entry`, 'not a record');
      await records.delete(keys[0] as string);
      await records.setIfNewer(`${prefix}:never`, 1, null, KEEP);
      expect(await all(context.another.records.scan(prefix))).to.deep.equal(keys.slice(1));
    });
  });
}

import { expect } from 'chai';
import type { FallbackState } from '../../../../../src/scaling/state/fallback/fallback-state.ts';
import type { SharedState, VersionedRecord, VersionedRecords } from '../../../../../src/scaling/state/shared-state.ts';
import type { Fault } from './faulty-state.ts';
import { Machine } from './fixture.ts';

const KEEP = { ttlMs: 60_000 };
const KEY = 'session:1';

function plain(record: VersionedRecord | undefined): { version: number; value: string } | undefined {
  return record && { version: record.version, value: record.value.toString() };
}

async function readIn(store: SharedState, key = KEY): Promise<{ version: number; value: string } | undefined> {
  return plain(await store.records.read(key));
}

describe('FallbackState.records', () => {
  let machine: Machine;
  let state: FallbackState;
  /** What Redis itself has, past all faults. */
  let redis: SharedState;

  beforeEach(() => {
    machine = new Machine();
    state = machine.worker();
    redis = machine.redis.store;
  });

  afterEach(() => machine.close());

  describe('while Redis is healthy', () => {
    it('writes to both stores with the same version', async () => {
      expect(await state.records.compareAndSet(KEY, 0, 'a', KEEP)).to.deep.equal({ stored: true, version: 1 });
      expect(await state.records.compareAndSet(KEY, 1, 'b', KEEP)).to.deep.equal({ stored: true, version: 2 });
      for (const store of [redis, machine.embedded, state]) {
        expect(await readIn(store)).to.deep.equal({ version: 2, value: 'b' });
      }
    });

    it('refuses a stale write and says what is there', async () => {
      await state.records.compareAndSet(KEY, 0, 'a', KEEP);
      const result = await state.records.compareAndSet(KEY, 0, 'b', KEEP);
      expect(result.stored).to.equal(false);
      expect(plain(result.stored ? undefined : result.current)).to.deep.equal({ version: 1, value: 'a' });
    });

    it('copies what another machine wrote when it is read', async () => {
      await redis.records.setIfNewer(KEY, 4, 'elsewhere', KEEP);
      expect(await readIn(state)).to.deep.equal({ version: 4, value: 'elsewhere' });
      expect(await readIn(machine.embedded)).to.deep.equal({ version: 4, value: 'elsewhere' });
    });

    it('copies a longer time that another machine gave', async () => {
      await state.records.compareAndSet(KEY, 0, 'a', { ttlMs: 10_000 });
      await redis.records.touch(KEY, 50_000);
      await state.records.read(KEY);
      expect((await machine.embedded.records.read(KEY))?.ttlMs).to.be.above(40_000);
    });

    it('touches both copies', async () => {
      await state.records.compareAndSet(KEY, 0, 'a', { ttlMs: 1_000 });
      expect(await state.records.touch(KEY, 50_000)).to.equal(true);
      for (const store of [redis, machine.embedded]) {
        expect((await store.records.read(KEY))?.ttlMs).to.be.above(40_000);
      }
      expect(await state.records.touch('none', 1_000)).to.equal(false);
    });

    it('leaves a deletion in both, which no stale writer gets past', async () => {
      await state.records.compareAndSet(KEY, 0, 'a', KEEP);
      expect(await state.records.delete(KEY)).to.equal(true);
      expect(await state.records.delete(KEY)).to.equal(false);
      for (const store of [redis, machine.embedded, state]) {
        expect(await store.records.compareAndSet(KEY, 1, 'stale', KEEP)).to.deep.equal({
          stored: false,
          current: undefined,
        });
        expect(await store.records.setIfNewer(KEY, 2, 'stale', KEEP)).to.equal(false);
      }
    });

    it('creates a record anew after its deletion, with a version that goes on', async () => {
      await state.records.compareAndSet(KEY, 0, 'a', KEEP);
      await state.records.delete(KEY);
      expect(await state.records.compareAndSet(KEY, 0, 'b', KEEP)).to.deep.equal({ stored: true, version: 3 });
      expect(await readIn(state)).to.deep.equal({ version: 3, value: 'b' });
    });

    it('lists each key once', async () => {
      await state.records.compareAndSet('session:a', 0, 'a', KEEP);
      await state.records.compareAndSet('session:b', 0, 'b', KEEP);
      const keys: string[] = [];
      for await (const key of state.records.scan('session:')) keys.push(key);
      expect(keys.sort()).to.deep.equal(['session:a', 'session:b']);
    });

    it('goes on without the embedded store when that is closed', async () => {
      await machine.embedded.close();
      expect(await state.records.compareAndSet(KEY, 0, 'a', KEEP)).to.deep.equal({ stored: true, version: 1 });
      expect(await readIn(state)).to.deep.equal({ version: 1, value: 'a' });
      expect(await state.records.delete(KEY)).to.equal(true);
    });
  });

  describe('when Redis has lost acknowledged writes at a failover', () => {
    beforeEach(async () => {
      await state.records.compareAndSet(KEY, 0, 'old', KEEP);
      await state.records.compareAndSet(KEY, 1, 'new', KEEP);
    });

    for (const [what, lostTo] of [
      ['the last one', { version: 1, value: 'old', ttlMs: 60_000 }],
      ['the record', undefined],
    ] as const) {
      it(`reads the newer copy and gives it back (${what} lost)`, async () => {
        await machine.redis.loseRecord(KEY, lostTo);
        expect(await readIn(state)).to.deep.equal({ version: 2, value: 'new' });
        expect(await readIn(redis)).to.deep.equal({ version: 2, value: 'new' });
      });

      it(`writes on top of the newer copy (${what} lost)`, async () => {
        await machine.redis.loseRecord(KEY, lostTo);
        expect(await state.records.compareAndSet(KEY, 2, 'newest', KEEP)).to.deep.equal({ stored: true, version: 3 });
        expect(await readIn(redis)).to.deep.equal({ version: 3, value: 'newest' });
      });

      it(`touches it on both (${what} lost)`, async () => {
        await machine.redis.loseRecord(KEY, lostTo);
        expect(await state.records.touch(KEY, 90_000)).to.equal(true);
        expect((await redis.records.read(KEY))?.ttlMs).to.be.above(80_000);
      });

      it(`deletes it on both for good (${what} lost)`, async () => {
        await machine.redis.loseRecord(KEY, lostTo);
        expect(await state.records.delete(KEY)).to.equal(true);
        expect(await readIn(state)).to.equal(undefined);
        expect(await redis.records.setIfNewer(KEY, 2, 'another machine’s copy', KEEP)).to.equal(false);
      });
    }

    it('refuses a write on top of the version Redis went back to', async () => {
      await machine.redis.loseRecord(KEY, { version: 1, value: 'old', ttlMs: 60_000 });
      const result = await state.records.compareAndSet(KEY, 1, 'would undo "new"', KEEP);
      expect(result.stored).to.equal(false);
      expect(plain(result.stored ? undefined : result.current)).to.deep.equal({ version: 2, value: 'new' });
    });

    it('does not bring a deleted record back when the deletion was lost', async () => {
      await state.records.delete(KEY);
      await machine.redis.loseRecord(KEY, { version: 2, value: 'new', ttlMs: 60_000 });
      expect(await readIn(state)).to.equal(undefined);
      expect(await readIn(redis)).to.equal(undefined);
    });
  });

  describe('when the answer does not come', () => {
    for (const fault of ['down', 'hung', 'mute', 'broken'] as const satisfies readonly Fault[]) {
      it(`stores a write once, with the version it says (${fault})`, async () => {
        await state.records.compareAndSet(KEY, 0, 'a', KEEP);
        machine.redis.fault = fault;
        const result = await machine.detecting(state.records.compareAndSet(KEY, 1, 'b', KEEP));
        expect(result).to.deep.equal({ stored: true, version: 2 });
        expect(await readIn(state)).to.deep.equal({ version: 2, value: 'b' });
        await machine.redisReturns();
        for (const store of [redis, machine.embedded, state]) {
          expect(await readIn(store)).to.deep.equal({ version: 2, value: 'b' });
        }
      });

      it(`reads the embedded copy (${fault})`, async () => {
        await state.records.compareAndSet(KEY, 0, 'a', KEEP);
        machine.redis.fault = fault;
        expect(plain(await machine.detecting(state.records.read(KEY)))).to.deep.equal({ version: 1, value: 'a' });
      });

      it(`deletes it for good (${fault})`, async () => {
        await state.records.compareAndSet(KEY, 0, 'a', KEEP);
        machine.redis.fault = fault;
        await machine.detecting(state.records.delete(KEY));
        expect(await readIn(state)).to.equal(undefined);
        await machine.redisReturns();
        for (const store of [redis, machine.embedded, state]) expect(await readIn(store)).to.equal(undefined);
        expect(await redis.records.setIfNewer(KEY, 1, 'a copy', KEEP)).to.equal(false);
      });
    }
  });

  describe('while Redis is away', () => {
    beforeEach(async () => {
      await state.records.compareAndSet(KEY, 0, 'before', KEEP);
      machine.redis.fault = 'down';
      await state.get('anything');
    });

    it('asks Redis nothing, except by probes', async () => {
      machine.redis.calls.length = 0;
      await state.records.read(KEY);
      await state.records.compareAndSet(KEY, 1, 'x', KEEP);
      await state.records.touch(KEY, 1_000);
      await state.records.delete(KEY);
      expect(machine.redis.calls).to.deep.equal([]);
    });

    it('writes back what was written, changed and made longer, with its version', async () => {
      await state.records.compareAndSet(KEY, 1, 'changed', KEEP);
      await state.records.compareAndSet(KEY, 2, 'changed again', KEEP);
      await state.records.compareAndSet('session:2', 0, 'made', { ttlMs: 1_000 });
      await state.records.touch('session:2', 90_000);
      await machine.redisReturns();
      expect(await readIn(redis)).to.deep.equal({ version: 3, value: 'changed again' });
      expect(await readIn(redis, 'session:2')).to.deep.equal({ version: 1, value: 'made' });
      expect((await redis.records.read('session:2'))?.ttlMs).to.be.above(80_000);
    });

    it('tells Redis of a touch alone', async () => {
      await state.records.touch(KEY, 200_000);
      await machine.redisReturns();
      expect((await redis.records.read(KEY))?.ttlMs).to.be.above(190_000);
    });

    it('takes its marks away once Redis knows', async () => {
      for (let i = 0; i < 200; i += 1) await state.records.compareAndSet(`session:many:${i}`, 0, 'v', KEEP);
      const marked = async (): Promise<number> => {
        let count = 0;
        for await (const key of machine.embedded.scan('tidegate:fallback:marks:')) {
          count += Object.keys(await machine.embedded.hashGetAll(key)).length;
        }
        return count;
      };
      expect(await marked()).to.equal(200);
      await machine.redisReturns();
      expect(await marked()).to.equal(0);
      expect(machine.logs).to.include('Redis was told 200 changes it had missed');
    });

    it('keeps one mark per record, however often it is written', async () => {
      for (let version = 1; version < 50; version += 1) await state.records.compareAndSet(KEY, version, 'v', KEEP);
      let marks = 0;
      for await (const key of machine.embedded.scan('tidegate:fallback:marks:')) {
        marks += Object.keys(await machine.embedded.hashGetAll(key)).length;
      }
      expect(marks).to.equal(1);
    });

    it('leaves nothing behind that a worker which was killed would have to tell', async () => {
      await state.records.compareAndSet(KEY, 1, 'by the worker that dies', KEEP);
      // It is degraded for ever: nothing of it runs any more. A new worker finds its marks.
      const other = new Machine(machine.redis);
      machine.redis.fault = 'none';
      const replacement = other.worker(machine.embedded);
      await other.clock.advance(1_000);
      expect(await readIn(redis)).to.deep.equal({ version: 2, value: 'by the worker that dies' });
      expect(replacement.status().degradedSinceMs).to.equal(null);
    });

    it('writes back once although several workers return at the same time', async () => {
      const second = machine.worker();
      await second.get('anything');
      await state.records.compareAndSet(KEY, 1, 'one', KEEP);
      await second.records.compareAndSet('session:2', 0, 'two', KEEP);
      machine.redis.calls.length = 0;
      await machine.redisReturns();
      expect(await readIn(redis)).to.deep.equal({ version: 2, value: 'one' });
      expect(await readIn(redis, 'session:2')).to.deep.equal({ version: 1, value: 'two' });
      expect(machine.redis.calls.filter((name) => name === 'records.setIfNewer')).to.have.length(2);
    });

    it('does not undo what another machine has written meanwhile with a higher version', async () => {
      await state.records.compareAndSet(KEY, 1, 'ours', KEEP);
      await redis.records.setIfNewer(KEY, 5, 'theirs', KEEP);
      await machine.redisReturns();
      expect(await readIn(redis)).to.deep.equal({ version: 5, value: 'theirs' });
      expect(await readIn(state)).to.deep.equal({ version: 5, value: 'theirs' });
    });

    it('does not bring back what another machine destroyed meanwhile', async () => {
      await state.records.touch(KEY, 90_000);
      await redis.records.delete(KEY);
      await machine.redisReturns();
      expect(await readIn(redis)).to.equal(undefined);
      expect(await readIn(state)).to.equal(undefined);
    });

    it('destroys on Redis what was destroyed here, whatever another machine wrote meanwhile', async () => {
      await state.records.delete(KEY);
      await redis.records.setIfNewer(KEY, 7, 'theirs', KEEP);
      await machine.redisReturns();
      expect(await readIn(redis)).to.equal(undefined);
      expect(await readIn(state)).to.equal(undefined);
    });

    it('destroys on Redis what the embedded store had no copy of', async () => {
      await redis.records.setIfNewer('session:far', 3, 'never read here', KEEP);
      expect(await state.records.delete('session:far')).to.equal(false);
      expect(await state.records.compareAndSet('session:far', 3, 'stale', KEEP)).to.deep.equal({
        stored: false,
        current: undefined,
      });
      await machine.redisReturns();
      expect(await readIn(redis, 'session:far')).to.equal(undefined);
    });

    it('takes a write on top of a version that only Redis had, from the first writer alone', async () => {
      const result = await state.records.compareAndSet('session:far', 3, 'mine', KEEP);
      expect(result).to.deep.equal({ stored: true, version: 4 });
      const second = await state.records.compareAndSet('session:far', 3, 'late', KEEP);
      expect(plain(second.stored ? undefined : second.current)).to.deep.equal({ version: 4, value: 'mine' });
      await machine.redisReturns();
      expect(await readIn(redis, 'session:far')).to.deep.equal({ version: 4, value: 'mine' });
    });

    it('remembers keys as long as they may be', async () => {
      const long = 'k'.repeat(1_024);
      await state.records.compareAndSet(long, 0, 'v', KEEP);
      await machine.redisReturns();
      expect(await readIn(redis, long)).to.deep.equal({ version: 1, value: 'v' });
    });

    it('keeps the mark of a write that is still under way when the others are written back', async () => {
      machine.embedded.records.compareAndSet = (...args) =>
        new Promise((resolve) => {
          machine.clock.after(2_000, () => {
            resolve(LocalRecords.compareAndSet.apply(machine.embedded.records, args));
          });
        });
      const LocalRecords = Object.getPrototypeOf(machine.embedded.records) as VersionedRecords;
      const slow = state.records.compareAndSet(KEY, 1, 'slow', KEEP);
      await machine.redisReturns();
      expect(await readIn(redis)).to.deep.equal({ version: 1, value: 'before' });
      await machine.clock.advance(3_000);
      expect(await slow).to.deep.equal({ stored: true, version: 2 });
      expect(await readIn(redis)).to.deep.equal({ version: 2, value: 'slow' });
    });

    it('destroys and makes anew', async () => {
      await state.records.delete(KEY);
      expect(await state.records.compareAndSet(KEY, 0, 'anew', KEEP)).to.deep.equal({ stored: true, version: 3 });
      await machine.redisReturns();
      expect(await readIn(redis)).to.deep.equal({ version: 3, value: 'anew' });
    });

    it('goes on telling Redis after it fails in the middle of it', async () => {
      for (let i = 0; i < 300; i += 1) await state.records.compareAndSet(`session:many:${i}`, 0, 'v', KEEP);
      machine.redis.faults.set('records.setIfNewer', 'down');
      machine.redis.fault = 'none';
      await machine.clock.advance(1_000);
      expect(await readIn(redis, 'session:many:7')).to.equal(undefined);
      machine.redis.faults.clear();
      await machine.clock.advance(10_000);
      for (let i = 0; i < 300; i += 1) {
        expect(await readIn(redis, `session:many:${i}`), String(i)).to.deep.equal({ version: 1, value: 'v' });
      }
    });

    it('lists what is there, and afterwards what is on either side', async () => {
      await state.records.compareAndSet('session:2', 0, 'x', KEEP);
      const keys = async (): Promise<string[]> => {
        const all: string[] = [];
        for await (const key of state.records.scan('session:')) all.push(key);
        return all.sort();
      };
      expect(await keys()).to.deep.equal([KEY, 'session:2']);
      await redis.records.setIfNewer('session:far', 1, 'x', KEEP);
      await machine.redisReturns();
      expect(await keys()).to.deep.equal([KEY, 'session:2', 'session:far']);
    });
  });
});

import { expect } from 'chai';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import type { FallbackState } from '../../../../../src/scaling/state/fallback/fallback-state.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';
import type { SharedState } from '../../../../../src/scaling/state/shared-state.ts';
import type { Fault } from './faulty-state.ts';
import { DETECT_MS, Machine, PROBE_MS, RETURN_MS } from './fixture.ts';
import { turns } from './hand-clock.ts';

const FAULTS = ['down', 'hung', 'mute', 'broken'] as const satisfies readonly Fault[];

/** Each operation on entries, with what it must give when the embedded store, empty, answers it. */
const OPERATIONS: readonly (readonly [string, (state: SharedState) => Promise<unknown>, unknown])[] = [
  ['get', (state) => state.get('k'), undefined],
  ['getMany', (state) => state.getMany(['k', 'l']), [undefined, undefined]],
  ['set', (state) => state.set('k', 'v'), undefined],
  ['add', (state) => state.add('k', 'v'), true],
  ['deleteIfEqual', (state) => state.deleteIfEqual('k', 'v'), false],
  ['delete', (state) => state.delete(['k']), 0],
  ['expire', (state) => state.expire('k', 1_000), false],
  ['increment', async (state) => (await state.increment('k', 2, 1_000)).value, 2],
  ['count', (state) => state.count('k'), undefined],
  ['hashSet', (state) => state.hashSet('h', { f: 'v' }), undefined],
  ['hashGetAll', async (state) => Object.keys(await state.hashGetAll('h')), []],
  ['hashDelete', (state) => state.hashDelete('h', ['f']), 0],
  ['hashIncrement', (state) => state.hashIncrement('h', 'f', 3), 3],
  ['setAdd', (state) => state.setAdd('s', ['m']), 1],
  ['setRemove', (state) => state.setRemove('s', ['m']), 0],
  ['setMembers', (state) => state.setMembers('s'), []],
  ['publish', (state) => state.publish('c', 'm'), undefined],
  ['ping', async (state) => typeof (await state.ping()), 'number'],
  ['reserve', (state) => state.reservations.reserve('r', 't', [{ name: 'n', by: 1, max: 1 }]), { granted: true }],
  ['release', (state) => state.reservations.release('r', 't'), false],
  ['used', async (state) => ({ ...(await state.reservations.used('r')) }), {}],
  ['tokens', (state) => state.reservations.tokens('r'), []],
];

function meter(key: string): number {
  return readMeters().find(([name]) => name === key)?.[1] ?? 0;
}

describe('FallbackState', () => {
  let machine: Machine;
  let state: FallbackState;
  let redis: SharedState;

  beforeEach(() => {
    machine = new Machine();
    state = machine.worker();
    redis = machine.redis.store;
  });

  afterEach(() => machine.close());

  for (const fault of FAULTS) {
    it(`answers every operation from the embedded store, and none with an error (${fault})`, async () => {
      for (const [name, operation, expected] of OPERATIONS) {
        const fresh = new Machine();
        const worker = fresh.worker();
        fresh.redis.fault = fault;
        expect(await fresh.detecting(operation(worker)), name).to.deep.equal(expected);
        expect(fresh.changes, name).to.have.length(1);
        await fresh.close();
      }
    });
  }

  it('leaves entries to Redis alone while it is healthy', async () => {
    await state.set('k', 'v');
    await state.increment('n', 1, 10_000);
    expect((await redis.get('k'))?.toString()).to.equal('v');
    expect(await machine.embedded.get('k')).to.equal(undefined);
    expect(await machine.embedded.count('n')).to.equal(undefined);
  });

  it('passes on errors that say nothing about Redis, and stays healthy', async () => {
    await state.hashSet('h', { f: 'v' });
    const error = await state.get('h').catch((reason) => reason);
    expect(error).to.be.instanceOf(StateError).with.property('code', 'STATE_WRONG_TYPE');
    const bad = await state.get('').catch((reason) => reason);
    expect(bad).to.have.property('code', 'STATE_BAD_ARGUMENT');
    expect(machine.changes).to.deep.equal([]);
  });

  it('releases all calls at once when the first has waited too long, and asks Redis no more', async () => {
    machine.redis.fault = 'hung';
    const first = state.get('a');
    await machine.clock.advance(DETECT_MS - 1);
    const second = state.increment('n', 1, 10_000);
    await machine.clock.advance(1);
    expect(await first).to.equal(undefined);
    expect((await second).value).to.equal(1);
    machine.redis.calls.length = 0;
    expect((await state.increment('n', 1, 10_000)).value).to.equal(2);
    expect(machine.redis.calls).to.deep.equal([]);
  });

  it('notices an outage although nobody calls', async () => {
    machine.redis.fault = 'hung';
    await machine.clock.advance(PROBE_MS + DETECT_MS);
    expect(machine.changes).to.have.length(1);
  });

  it('says so once per change: to onChange, the meters, status and the log', async () => {
    const before = meter('shared_state_fallback_total\tunavailable');
    machine.redis.fault = 'down';
    await Promise.all([state.get('a'), state.get('b'), state.get('c')]);
    expect(machine.changes).to.deep.equal([{ since: 1_700_000_001_000, reason: 'CLUSTERDOWN' }]);
    expect(meter('shared_state_degraded')).to.equal(1);
    expect(meter('shared_state_fallback_total\tunavailable') - before).to.equal(3);
    expect(state.status()).to.include({
      driver: 'fallback',
      connected: true,
      degradedSinceMs: 1_700_000_001_000,
      reason: 'the embedded store stands in for Redis: CLUSTERDOWN',
    });
    expect(JSON.parse(JSON.stringify(state.status())).detail).to.include.keys('redis', 'embedded', 'writeBack');
    await machine.redisReturns();
    expect(machine.changes).to.have.length(2);
    expect(machine.changes[1]).to.equal(null);
    expect(meter('shared_state_degraded')).to.equal(0);
    expect(state.status()).to.include({ degradedSinceMs: null, reason: null });
    expect(machine.logs).to.deep.equal(['the embedded store stands in for Redis: CLUSTERDOWN', 'Redis is back']);
  });

  it('comes back by itself, and only when writes and messages go through as well', async () => {
    machine.redis.fault = 'down';
    await state.get('a');
    machine.redis.fault = 'none';
    for (const name of ['set', 'publish']) {
      machine.redis.faults.clear();
      machine.redis.faults.set(name, 'down');
      await machine.clock.advance(10 * PROBE_MS);
      expect(state.status().degradedSinceMs, name).to.be.a('number');
    }
    await machine.redisReturns();
    expect(state.status().degradedSinceMs).to.equal(null);
  });

  it('does not change sides more often than it should when Redis comes and goes', async () => {
    for (let seconds = 0; seconds < 120; seconds += 1) {
      machine.redis.fault = seconds % 2 === 0 ? 'down' : 'none';
      await state.get('a');
      await machine.clock.advance(1_000);
    }
    // A second is enough for the first holds of 0.5 and 1 s, and never for those of 2 and 4 s after them.
    expect(machine.changes.length).to.be.at.most(5);
    expect(state.status().degradedSinceMs).to.be.a('number');
    machine.redis.fault = 'none';
    await machine.clock.advance(4_000 + 2 * PROBE_MS);
    expect(state.status().degradedSinceMs).to.equal(null);
  });

  it('stands in for a Redis that is full', async () => {
    const full = new StateError('STATE_FULL', 'OOM');
    machine.redis.store.set = () => Promise.reject(full);
    await state.set('k', 'v');
    expect((await state.get('k'))?.toString()).to.equal('v');
    expect(machine.changes).to.have.length(1);
  });

  it('ends the caller’s wait by its own deadline and signal, and takes neither for an outage', async () => {
    machine.redis.fault = 'hung';
    const controller = new AbortController();
    const aborted = state.get('a', { signal: controller.signal }).catch((error) => error);
    const timed = state.get('a', { timeoutMs: 1 }).catch((error) => error);
    controller.abort();
    expect(await aborted).to.include({ code: 'STATE_ABORTED', ambiguous: true });
    expect(await timed).to.include({ code: 'STATE_TIMEOUT', ambiguous: true });
    expect(machine.changes).to.deep.equal([]);
    // But a hung Redis is noticed although no caller waits that long.
    await machine.clock.advance(DETECT_MS);
    expect(machine.changes).to.have.length(1);
  });

  it('refuses an aborted signal before anything is done, and a deadline that is none', async () => {
    const aborted = await state.set('k', 'v', { signal: AbortSignal.abort() }).catch((error) => error);
    expect(aborted).to.include({ code: 'STATE_ABORTED', ambiguous: false });
    expect(await redis.get('k')).to.equal(undefined);
    const bad = await state.get('k', { timeoutMs: -1 }).catch((error) => error);
    expect(bad).to.have.property('code', 'STATE_BAD_ARGUMENT');
  });

  it('fails calls under way and calls to come with STATE_CLOSED after close, and tells nobody of an outage', async () => {
    machine.redis.fault = 'hung';
    const underWay = state.get('a').catch((error) => error);
    await turns();
    await state.close();
    expect(await underWay).to.have.property('code', 'STATE_CLOSED');
    expect(await state.get('a').catch((error) => error)).to.have.property('code', 'STATE_CLOSED');
    expect(await state.subscribe('c', () => {}).catch((error) => error)).to.have.property('code', 'STATE_CLOSED');
    expect(machine.changes).to.deep.equal([]);
    expect(machine.clock.timers).to.equal(0);
  });

  it('deletes on Redis what was deleted while it was away, and nothing else', async () => {
    await state.set('stale', 'old');
    await state.set('kept', 'old');
    machine.redis.fault = 'down';
    await state.delete(['stale']);
    await machine.redisReturns();
    expect(await state.get('stale')).to.equal(undefined);
    expect((await state.get('kept'))?.toString()).to.equal('old');
  });

  it('lets a lock go on Redis that was released while it was away, unless somebody else holds it', async () => {
    await state.add('lock:mine', 'me', { ttlMs: 60_000 });
    await state.add('lock:theirs', 'me', { ttlMs: 60_000 });
    machine.redis.fault = 'down';
    await state.deleteIfEqual('lock:mine', 'me');
    await state.deleteIfEqual('lock:theirs', 'me');
    await redis.set('lock:theirs', 'them', { ttlMs: 60_000 });
    await machine.redisReturns();
    expect(await redis.get('lock:mine')).to.equal(undefined);
    expect((await redis.get('lock:theirs'))?.toString()).to.equal('them');
  });

  it('lets a lock go that was taken while Redis was away', async () => {
    machine.redis.fault = 'down';
    expect(await state.add('lock', 'me', { ttlMs: 60_000 })).to.equal(true);
    expect(await state.add('lock', 'you', { ttlMs: 60_000 })).to.equal(false);
    await machine.redisReturns();
    expect(await state.deleteIfEqual('lock', 'me')).to.equal(true);
    expect(await machine.embedded.get('lock')).to.equal(undefined);
  });

  it('tells Redis of reservations that were made and released while it was away', async () => {
    const one = [{ name: 'slots', by: 1, max: 10 }];
    await state.reservations.reserve('r', 'before', one);
    machine.redis.fault = 'down';
    expect(await state.reservations.reserve('r', 'during', one)).to.deep.equal({ granted: true });
    await state.reservations.release('r', 'before');
    await machine.redisReturns();
    expect(await redis.reservations.tokens('r')).to.deep.equal(['during']);
    expect(await machine.embedded.reservations.tokens('r')).to.deep.equal([]);
    expect(await state.reservations.release('r', 'during')).to.equal(true);
    expect(await redis.reservations.tokens('r')).to.deep.equal([]);
  });

  it('frees on Redis what was granted there although the caller was refused', async () => {
    machine.redis.fault = 'mute';
    const most = [{ name: 'slots', by: 1, max: 1 }];
    await machine.embedded.reservations.reserve('r', 'taken here', most);
    const result = await machine.detecting(state.reservations.reserve('r', 'unlucky', most));
    expect(result).to.deep.equal({ granted: false, name: 'slots', used: 1, max: 1 });
    expect(await redis.reservations.tokens('r')).to.deep.equal(['unlucky']);
    await machine.redisReturns();
    expect(await redis.reservations.tokens('r')).to.deep.equal([]);
  });

  it('scans Redis, or what the embedded store has from where Redis failed, without its own keys', async () => {
    for (const key of ['a1', 'a2', 'b1']) await state.set(key, 'v');
    await machine.embedded.set('a3', 'v');
    const keys = async (prefix: string): Promise<string[]> => {
      const all: string[] = [];
      for await (const key of state.scan(prefix)) all.push(key);
      return all.sort();
    };
    expect(await keys('a')).to.deep.equal(['a1', 'a2']);
    machine.redis.fault = 'down';
    await state.delete(['b1']);
    expect(await keys('a')).to.deep.equal(['a3']);
    expect(await keys('tidegate:')).to.deep.equal([]);
  });

  describe('messages', () => {
    let heard: string[];
    const hear = (message: Buffer): number => heard.push(message.toString());

    beforeEach(() => {
      heard = [];
    });

    it('come once, by whichever store their publisher reached', async () => {
      const other = machine.worker();
      await other.subscribe('news', hear);
      await state.publish('news', 'by Redis');
      await turns();
      machine.redis.fault = 'down';
      await state.publish('news', 'by the embedded store');
      await turns();
      expect(heard).to.deep.equal(['by Redis', 'by the embedded store']);
      await machine.redisReturns();
      await state.publish('news', 'by Redis again');
      await turns();
      expect(heard).to.deep.equal(['by Redis', 'by the embedded store', 'by Redis again']);
    });

    it('come once although Redis had delivered the one whose answer was lost', async () => {
      await state.subscribe('news', hear);
      machine.redis.fault = 'mute';
      await machine.detecting(state.publish('news', 'once'));
      await turns();
      expect(heard).to.deep.equal(['once']);
    });

    it('come from Redis after its return although it was away when they were subscribed to', async () => {
      machine.redis.fault = 'down';
      const end = await state.subscribe('news', hear);
      await machine.redisReturns();
      await machine.worker().publish('news', 'later');
      await turns();
      expect(heard).to.deep.equal(['later']);
      await end();
      await state.publish('news', 'after the end');
      await turns();
      expect(heard).to.deep.equal(['later']);
    });

    it('reach each listener of a process, until it ends', async () => {
      const ends = [await state.subscribe('news', hear), await state.subscribe('news', hear)];
      await state.publish('news', 'two');
      await turns();
      await ends[0]?.();
      await state.publish('news', 'one');
      await turns();
      expect(heard).to.deep.equal(['two', 'two', 'one']);
    });
  });

  it('is back within the return time the fixture promises', async () => {
    machine.redis.fault = 'down';
    await state.get('a');
    machine.redis.fault = 'none';
    await machine.clock.advance(RETURN_MS);
    expect(state.status().degradedSinceMs).to.equal(null);
  });
});

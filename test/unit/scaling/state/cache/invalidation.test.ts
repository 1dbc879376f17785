import { expect } from 'chai';
import { type Cache, type CacheOptions, cache, type Target } from '../../../../../src/scaling/state/cache/index.ts';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { pubsub } from '../../../../../src/scaling/state/pubsub/index.ts';
import type { SharedState, StateStatus } from '../../../../../src/scaling/state/shared-state.ts';

const LABELS = { tags: ['sales', 'eu'], user: '7' };

describe('Cache.invalidate', () => {
  let inner: LocalState;
  let nowMs: number;
  let version: number;
  let open: Cache[];

  beforeEach(() => {
    inner = new LocalState({ memoryLimitBytes: 8_388_608 });
    nowMs = 1_000_000;
    version = 1;
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()));
    await inner.close();
  });

  const load = (): number => version;

  async function processCache(options: Partial<CacheOptions> = {}, state = view()): Promise<Cache> {
    const made = cache(state, { name: 'reports', ttlMs: 60_000, stateRetryMs: 1, nowMs: () => nowMs, ...options });
    open.push(made);
    await made.ready();
    return made;
  }

  /** What one process sees of the state; its methods can be replaced. */
  function view(): SharedState {
    return Object.create(inner) as SharedState;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  const targets: readonly (readonly [string, Target, boolean])[] = [
    ['its key', { key: 'report:1' }, true],
    ['another key', { key: 'report:2' }, false],
    ['one of its tags', { tag: 'eu' }, true],
    ['another tag', { tag: 'us' }, false],
    ['its user', { user: '7' }, true],
    ['another user', { user: '8' }, false],
    ['a pattern that it matches', { pattern: 'rep*:1' }, true],
    ['a pattern for everything', { pattern: '*' }, true],
    ['a pattern that it does not match', { pattern: 'rep*:2' }, false],
  ];
  for (const [what, target, isDropped] of targets) {
    it(`${isDropped ? 'drops' : 'keeps'} a value, in each process and in the shared state, by ${what}`, async () => {
      const [here, there, late] = (await Promise.all([processCache(), processCache(), processCache()])) as [
        Cache,
        Cache,
        Cache,
      ];
      await here.get('report:1', load, LABELS);
      await there.get('report:1', load, LABELS);
      version = 2;
      expect(await here.invalidate(target)).to.equal(true);
      await until(() => there.stats().invalidations.heard === 1);
      const expected = isDropped ? 2 : 1;
      expect(await late.get('report:1', load, LABELS)).to.equal(expected);
      expect(await here.get('report:1', load, LABELS)).to.equal(expected);
      expect(await there.get('report:1', load, LABELS)).to.equal(expected);
    });
  }

  it('keeps values of users apart, and drops all of them by the key they share', async () => {
    const made = await processCache();
    expect(await made.get('profile', () => 'of 1', { user: '1' })).to.equal('of 1');
    expect(await made.get('profile', () => 'of 2', { user: '2' })).to.equal('of 2');
    expect(await made.get('profile', () => 'of none')).to.equal('of none');
    await made.invalidate({ user: '1' });
    expect(await made.get('profile', () => 'new', { user: '1' })).to.equal('new');
    expect(await made.get('profile', () => 'new', { user: '2' })).to.equal('of 2');
    await made.invalidate({ key: 'profile' });
    expect(await made.get('profile', () => 'newest', { user: '2' })).to.equal('newest');
    expect(await made.get('profile', () => 'newest')).to.equal('newest');
  });

  it('drops many keys by a pattern, more than go into one call on the state', async () => {
    const made = await processCache({ maxEntries: 0 });
    const keys = Array.from({ length: 1_200 }, (_, index) => `item:${index}`);
    await Promise.all(keys.map((key) => made.get(key, load)));
    await made.get('other', load);
    version = 2;
    await made.invalidate({ pattern: 'item:*' });
    const values = await Promise.all(keys.map((key) => made.get(key, load)));
    expect(values.filter((value) => value !== 2)).to.deep.equal([]);
    expect(await made.get('other', load)).to.equal(1);
  });

  it('joins the labels of callers that name different ones, so that any of them drops the value', async () => {
    const made = await processCache();
    await made.get('a', load, { tags: ['x'] });
    await made.get('a', load, { tags: ['y'] });
    expect(made.stats().loads).to.equal(2);
    await made.get('a', load, { tags: ['x'] });
    await made.get('a', load, { tags: ['y'] });
    await made.get('a', load);
    expect(made.stats().loads).to.equal(2);
    const fresh = await processCache();
    version = 2;
    await made.invalidate({ tag: 'x' });
    expect(await fresh.get('a', load, { tags: ['y'] })).to.equal(2);
  });

  it('drops all values of a process that missed a message', async () => {
    const there = view();
    const made = await processCache({}, there);
    await made.get('a', load);
    const publisher = pubsub(view());
    await publisher.publish('cache:reports', { kind: 'drop', from: 'x', target: { key: 'b' } });
    await until(() => made.stats().invalidations.heard === 1);
    // The next number but one of the same publisher: a message between was lost.
    const state = view();
    await state.publish(
      'ps:cache:reports',
      `${publisher.instanceId} 3 {"kind":"drop","from":"x","target":{"key":"b"}}`,
    );
    await until(() => made.stats().invalidations.heard === 2);
    expect(made.stats()).to.deep.include({ flushes: 1, l1: { entries: 0, bytes: 0 } });
  });

  it('loads without the state when it fails, and keeps values in this process for l1TtlMs', async () => {
    const state = view();
    const made = await processCache({ l1TtlMs: 100, stateRetryMs: 50 }, state);
    const away = (): Promise<never> => Promise.reject(new Error('away'));
    Object.assign(state, { get: away, getMany: away, add: away, set: away, delete: away, expire: away });
    expect(await made.get('a', load)).to.equal(1);
    version = 2;
    expect(await made.get('a', load)).to.equal(1);
    nowMs += 100;
    expect(await made.get('a', load)).to.equal(2);
    expect(made.stats()).to.include({ loads: 2, stateErrors: 2 });
  });

  it('does not ask a state that has just failed', async () => {
    const state = view();
    const made = await processCache({ stateRetryMs: 1_000, maxEntries: 0 }, state);
    let asked = 0;
    state.getMany = () => {
      asked += 1;
      return Promise.reject(new Error('away'));
    };
    for (let call = 0; call < 5; call += 1) await made.get('a', load);
    expect(asked).to.equal(1);
    nowMs += 1_000;
    await made.get('a', load);
    expect(asked).to.equal(2);
  });

  it('says when the state did not get it, does without the state, and tries until it has', async () => {
    const state = view();
    const made = await processCache({}, state);
    const other = await processCache();
    await made.get('a', load);
    await other.get('a', load);
    state.delete = () => Promise.reject(new Error('away'));
    version = 2;
    expect(await made.invalidate({ key: 'a' })).to.equal(false);
    expect(made.stats().unspread).to.equal(1);
    nowMs += 2; // Past stateRetryMs: it would ask the state, but for the value that should be gone from it.
    expect(await made.get('a', load)).to.equal(2);
    expect(await other.get('a', load)).to.equal(1);
    state.delete = inner.delete.bind(inner);
    await until(() => made.stats().unspread === 0 && other.stats().invalidations.heard === 1);
    nowMs += 2;
    expect(await other.get('a', load)).to.equal(2);
    expect(await made.get('a', load)).to.equal(2);
  });

  describe('while the embedded store stands in for Redis', () => {
    let degradedSinceMs: number | null;

    /** A fallback state: `redis` while all is well, `embedded` while it is not. */
    function fallback(redis: LocalState, embedded: LocalState): SharedState {
      const status = (): StateStatus => ({ ...inner.status(), driver: 'fallback', degradedSinceMs });
      return new Proxy({} as SharedState, {
        get: (_, property: keyof SharedState) => {
          if (property === 'driver') return 'fallback';
          if (property === 'status') return status;
          const current = degradedSinceMs === null ? redis : embedded;
          const member = current[property];
          return typeof member === 'function' ? member.bind(current) : member;
        },
      });
    }

    let embedded: LocalState;
    beforeEach(() => {
      degradedSinceMs = null;
      embedded = new LocalState({ memoryLimitBytes: 1_048_576 });
    });
    afterEach(() => embedded.close());

    it('repeats on Redis, before it reads there again, what was invalidated meanwhile', async () => {
      const made = await processCache({ maxEntries: 0 }, fallback(inner, embedded));
      await made.get('a', load);
      degradedSinceMs = nowMs;
      version = 2;
      expect(await made.invalidate({ key: 'a' })).to.equal(true);
      expect(made.stats().unspread).to.equal(1);
      expect(await made.get('a', load)).to.equal(2);
      degradedSinceMs = null;
      expect(await made.get('a', load)).to.equal(2);
      await until(() => made.stats().unspread === 0);
      const loads = made.stats().loads;
      expect(await made.get('a', load)).to.equal(2);
      expect(await made.get('a', load)).to.equal(2);
      expect(made.stats().loads).to.equal(loads + 1);
    });

    it('trusts nothing that the embedded store kept from an earlier outage', async () => {
      const made = await processCache({ maxEntries: 0 }, fallback(inner, embedded));
      degradedSinceMs = nowMs;
      await made.get('a', load);
      degradedSinceMs = null;
      version = 2;
      await made.invalidate({ key: 'a' });
      nowMs += 10;
      degradedSinceMs = nowMs;
      expect(await made.get('a', load)).to.equal(2);
    });
  });

  it('refuses an empty or too long name, as get does', async () => {
    const made = await processCache();
    const failure = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', String);
    expect(await failure(made.invalidate({ key: '' }))).to.match(/RangeError: a key of a cache has 0 bytes/);
    expect(await failure(made.invalidate({ pattern: '' }))).to.match(/a pattern of a cache has 0 bytes/);
    expect(await failure(made.get('ü'.repeat(257), load))).to.match(/has 514 bytes .*; it must have 1 to 512/);
    expect(await failure(made.get('a', load, { user: '' }))).to.match(/a user of a cache has 0 bytes/);
    expect(await failure(made.get('a', load, { tags: Array(65).fill('t') }))).to.match(/65 tags; at most 64/);
  });

  it('leaves nothing in the way of loaders once closed', async () => {
    const made = await processCache();
    await made.get('a', load);
    await made.close();
    version = 2;
    expect(await made.get('a', load)).to.equal(2);
    version = 3;
    expect(await made.get('a', load)).to.equal(3);
  });
});

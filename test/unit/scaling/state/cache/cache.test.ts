import { expect } from 'chai';
import { type Cache, CacheLoadError, type CacheOptions, cache } from '../../../../../src/scaling/state/cache/index.ts';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';
import type { SharedState } from '../../../../../src/scaling/state/shared-state.ts';

/** A loader that counts its runs, and can be held back. */
class Source {
  runs = 0;
  value: unknown = { n: 1 };
  #held: Promise<void> = Promise.resolve();

  hold(): () => void {
    let release = (): void => undefined;
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  readonly load = async (): Promise<unknown> => {
    this.runs += 1;
    await this.#held;
    if (this.value instanceof Error) throw this.value;
    return this.value;
  };
}

describe('Cache', () => {
  let inner: LocalState;
  let nowMs: number;
  let source: Source;
  let open: Cache[];

  beforeEach(() => {
    inner = new LocalState({ memoryLimitBytes: 8_388_608 });
    nowMs = 1_000_000;
    source = new Source();
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((each) => each.close()));
    await inner.close();
  });

  /** A cache as of a process of its own: nothing but the state is shared. */
  async function processCache(options: Partial<CacheOptions> = {}, state = view()): Promise<Cache> {
    const made = cache(state, { name: 'reports', ttlMs: 60_000, nowMs: () => nowMs, ...options });
    open.push(made);
    await made.ready();
    return made;
  }

  function view(): SharedState {
    return Object.create(inner) as SharedState;
  }

  /** A condition that messages or background work bring about. */
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise(setImmediate);
  }

  it('loads once, then answers from this process, and in another process from the shared state', async () => {
    const first = await processCache();
    const second = await processCache();
    expect(await first.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(await first.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(await second.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(await second.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(source.runs).to.equal(1);
    expect(first.stats()).to.deep.include({ hits: { l1: 1, l2: 0, stale: 0 }, misses: 1, hitRatio: 0.5, loads: 1 });
    expect(second.stats()).to.deep.include({ hits: { l1: 1, l2: 1, stale: 0 }, misses: 0, hitRatio: 1, loads: 0 });
  });

  it('counts hits by level and misses in the metrics', async () => {
    const name = 'metered';
    const first = await processCache({ name });
    const second = await processCache({ name });
    await first.get('a', source.load);
    await first.get('a', source.load);
    await second.get('a', source.load);
    const figures = readMeters().filter(([series]) => series.includes(`\t${name}`));
    expect(figures).to.have.deep.members([
      ['cache_misses_total\tmetered', 1],
      ['cache_hits_total\tmetered\tl1', 1],
      ['cache_hits_total\tmetered\tl2', 1],
    ]);
  });

  it('runs the loader once for concurrent callers in several processes', async () => {
    const caches = await Promise.all([processCache(), processCache(), processCache()]);
    const release = source.hold();
    const answers = caches.flatMap((each) => Array.from({ length: 20 }, () => each.get('a', source.load)));
    await until(() => source.runs > 0);
    release();
    expect(new Set((await Promise.all(answers)).map((value) => JSON.stringify(value)))).to.deep.equal(
      new Set(['{"n":1}']),
    );
    expect(source.runs).to.equal(1);
    expect(caches.map((each) => each.stats().waits).sort()).to.deep.equal([0, 1, 1]);
  });

  it('gives every caller a value as JSON has it, and nobody a chance to change it for the others', async () => {
    const made = await processCache();
    source.value = { at: new Date(0), list: [{ n: 1 }], none: undefined };
    const first = (await made.get('a', source.load)) as { list: { n: number }[] };
    expect(first).to.deep.equal({ at: '1970-01-01T00:00:00.000Z', list: [{ n: 1 }] });
    expect(await made.get('a', source.load)).to.equal(first);
    expect(() => first.list.push({ n: 2 })).to.throw(TypeError);
    expect(() => Object.assign(first.list[0] as object, { n: 2 })).to.throw(TypeError);
  });

  it('loads anew when the time is over', async () => {
    const made = await processCache();
    await made.get('a', source.load);
    nowMs += 59_999;
    await made.get('a', source.load);
    expect(source.runs).to.equal(1);
    nowMs += 1;
    source.value = 2;
    expect(await made.get('a', source.load)).to.equal(2);
    expect(source.runs).to.equal(2);
  });

  it('asks the shared state again when a value has been in this process for l1TtlMs', async () => {
    const made = await processCache({ l1TtlMs: 10 });
    await made.get('a', source.load);
    nowMs += 10;
    await made.get('a', source.load);
    expect(made.stats().hits).to.deep.equal({ l1: 0, l2: 1, stale: 0 });
  });

  it('keeps no more values in this process than allowed, and none if none is allowed', async () => {
    const few = await processCache({ maxEntries: 2 });
    const none = await processCache({ maxEntries: 0 });
    const tiny = await processCache({ maxBytes: 1_000 });
    for (const key of ['a', 'b', 'c']) {
      for (const each of [few, none, tiny]) await each.get(key, source.load);
    }
    expect(few.stats().l1.entries).to.equal(2);
    expect(none.stats().l1).to.deep.equal({ entries: 0, bytes: 0 });
    expect(tiny.stats().l1.entries).to.equal(1);
    expect(tiny.stats().l1.bytes).to.be.within(512, 1_000);
  });

  it('returns a value that is too large or not JSON, and keeps none', async () => {
    const made = await processCache({ maxValueBytes: 10 });
    const circular: { self?: unknown } = {};
    circular.self = circular;
    for (const value of ['123456789', circular, () => 1, 1n]) {
      source.value = value;
      expect(await made.get('a', source.load)).to.equal(value);
    }
    expect(source.runs).to.equal(4);
    expect(made.stats().unfit).to.equal(4);
  });

  it('keeps null, and undefined only when told to', async () => {
    const made = await processCache();
    const told = await processCache({ name: 'told', undefinedTtlMs: 500 });
    source.value = null;
    expect([await made.get('a', source.load), await made.get('a', source.load)]).to.deep.equal([null, null]);
    expect(source.runs).to.equal(1);
    source.value = undefined;
    await made.get('b', source.load);
    await made.get('b', source.load);
    expect(source.runs).to.equal(3);
    expect([await told.get('b', source.load), await told.get('b', source.load)]).to.deep.equal([undefined, undefined]);
    expect(source.runs).to.equal(4);
    nowMs += 500;
    await told.get('b', source.load);
    expect(source.runs).to.equal(5);
  });

  describe('stale-while-revalidate', () => {
    it('serves a value past its time while one process loads it anew', async () => {
      const caches = await Promise.all([processCache({ staleMs: 10_000 }), processCache({ staleMs: 10_000 })]);
      const [first, second] = caches as [Cache, Cache];
      await first.get('a', source.load);
      nowMs += 60_000;
      source.value = 'new';
      const release = source.hold();
      expect(await first.get('a', source.load)).to.deep.equal({ n: 1 });
      expect(await first.get('a', source.load)).to.deep.equal({ n: 1 });
      expect(await second.get('a', source.load)).to.deep.equal({ n: 1 });
      await until(() => source.runs === 2);
      release();
      await until(() => first.stats().l1.entries === 1 && first.stats().loads === 2);
      let value: unknown;
      do value = await first.get('a', source.load);
      while (value !== 'new');
      do value = await second.get('a', source.load);
      while (value !== 'new');
      expect(source.runs).to.equal(2);
      expect(second.stats().hits.stale).to.be.at.least(1);
    });

    it('goes on serving it when loading anew fails, and pauses before the next try', async () => {
      const made = await processCache({ staleMs: 10_000 });
      await made.get('a', source.load);
      nowMs += 60_000;
      source.value = new Error('database down');
      expect(await made.get('a', source.load)).to.deep.equal({ n: 1 });
      await until(() => made.stats().loadErrors === 1);
      for (let call = 0; call < 10; call += 1) expect(await made.get('a', source.load)).to.deep.equal({ n: 1 });
      expect(source.runs).to.equal(2);
    });

    it('serves none past the time allowed', async () => {
      const made = await processCache({ staleMs: 10_000 });
      await made.get('a', source.load);
      nowMs += 70_000;
      source.value = 'new';
      expect(await made.get('a', source.load)).to.equal('new');
    });

    it('serves none that was invalidated', async () => {
      const made = await processCache({ staleMs: 10_000 });
      await made.get('a', source.load);
      nowMs += 60_000;
      await made.invalidate({ key: 'a' });
      source.value = 'new';
      expect(await made.get('a', source.load)).to.equal('new');
    });
  });

  describe('a loader that fails', () => {
    it('fails all callers in its process with its error, which is not kept', async () => {
      const made = await processCache();
      const error = new RangeError('no such report');
      source.value = error;
      const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => made.get('a', source.load)));
      expect(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason === error)).to.equal(true);
      expect(source.runs).to.equal(1);
      source.value = 'found';
      expect(await made.get('a', source.load)).to.equal('found');
    });

    it('fails callers in other processes with what is known of its error', async () => {
      const [first, second] = (await Promise.all([processCache(), processCache()])) as [Cache, Cache];
      const release = source.hold();
      source.value = Object.assign(new TypeError('bad row'), { code: 'E_ROW' });
      const there = first.get('a', source.load).catch((error: unknown) => error);
      await until(() => source.runs === 1);
      const marked = markedWaiting();
      const here = second.get('a', source.load).catch((error: unknown) => error);
      await marked;
      release();
      expect(await there).to.equal(source.value);
      const error = (await here) as CacheLoadError;
      expect(error).to.be.instanceOf(CacheLoadError);
      expect(error.code).to.equal('CACHE_LOAD_FAILED');
      expect(error.message).to.equal('loading a failed in another process: bad row');
      expect(error.loader).to.include({ name: 'TypeError', message: 'bad row', code: 'E_ROW' });
      expect(source.runs).to.equal(1);
    });
  });

  /** When some process has told a lock's holder that it waits. */
  function markedWaiting(): Promise<void> {
    const set = inner.set;
    return new Promise((resolve) => {
      inner.set = async (key, ...rest) => {
        await set.call(inner, key, ...rest);
        if (key.includes(':w:')) resolve();
      };
    });
  }

  it('does not wait longer than lockMs for a process that died while loading', async () => {
    const made = await processCache({ lockMs: 100, pollMs: 5 });
    const dead = await processCache({ lockMs: 100 }, withoutRenewal());
    dead.get('a', () => new Promise(() => undefined)).catch(() => undefined);
    await until(() => dead.stats().loads === 1);
    expect(await made.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(source.runs).to.equal(1);
  });

  it('waits for a living one as long as it loads', async () => {
    const [slow, made] = (await Promise.all([
      processCache({ lockMs: 100 }),
      processCache({ lockMs: 100, pollMs: 5 }),
    ])) as [Cache, Cache];
    const release = source.hold();
    const there = slow.get('a', source.load);
    await until(() => source.runs === 1);
    let renewals = 0;
    const expire = inner.expire;
    inner.expire = (key, ...rest) => {
      if (key.includes(':l:')) renewals += 1;
      return expire.call(inner, key, ...rest);
    };
    const here = made.get('a', source.load);
    await until(() => renewals >= 6); // A third of the lock's time each.
    expect(source.runs).to.equal(1);
    release();
    expect(await here).to.deep.equal(await there);
    expect(source.runs).to.equal(1);
  });

  /** As of a process that stopped: it renews nothing. */
  function withoutRenewal(): SharedState {
    const state = view();
    state.expire = async () => true;
    return state;
  }

  it('loads for itself after waitMs, in another process and in the same', async () => {
    const hanging = await processCache({ waitMs: 20 });
    const made = await processCache({ waitMs: 20, pollMs: 5 });
    hanging.get('a', () => new Promise(() => undefined)).catch(() => undefined);
    await until(() => hanging.stats().loads === 1);
    expect(await made.get('a', source.load)).to.deep.equal({ n: 1 });
    expect(source.runs).to.equal(1);
    await made.invalidate({ key: 'a' });
    nowMs += 21;
    expect(await hanging.get('a', source.load)).to.deep.equal({ n: 1 });
  });
});

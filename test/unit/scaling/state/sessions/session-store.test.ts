import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Request } from 'express';
import session from 'express-session';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';
import { sessionStore } from '../../../../../src/scaling/state/sessions/index.ts';
import type { SessionStore } from '../../../../../src/scaling/state/sessions/session-store.ts';
import { ClockedRecords } from './clocked-records.ts';

type Held = session.Session & session.SessionData & Record<string, unknown>;

const MAX_AGE_MS = 60_000;
const SID = 'a-session';

/** What express-session does for one request: gets the data, and makes the session that the app holds. */
async function load(store: SessionStore, sid = SID): Promise<Held | undefined> {
  const data = await promisify(store.get.bind(store))(sid);
  if (!data) return undefined;
  return store.createSession({ sessionID: sid, sessionStore: store } as unknown as Request, data) as Held;
}

/** A session that was never stored, as `store.generate` makes it. */
function fresh(store: SessionStore, values: object = {}, maxAge: number | null = MAX_AGE_MS, sid = SID): Held {
  const request = { sessionID: sid, sessionStore: store } as unknown as Request;
  const { Cookie, Session } = session as unknown as {
    Cookie: new (options: object) => session.Cookie;
    Session: new (request: Request) => Held;
  };
  const made = new Session(request);
  made.cookie = new Cookie(maxAge === null ? {} : { originalMaxAge: maxAge, maxAge });
  // A tick of the clock between the two would be a millisecond off.
  made.cookie.originalMaxAge = maxAge;
  return Object.assign(made, values);
}

const save = (held: Held) => promisify(held.save.bind(held))();
const touch = (store: SessionStore, held: Held) =>
  new Promise<void>((resolve, reject) => {
    store.touch(held.id, held, (error) => (error ? reject(error) : resolve()));
  });
const destroy = (store: SessionStore, sid = SID) =>
  new Promise<void>((resolve, reject) => {
    store.destroy(sid, (error) => (error ? reject(error) : resolve()));
  });

function saved(outcome: string): number {
  return readMeters().find(([key]) => key === `sessions_saved_total\t${outcome}`)?.[1] ?? 0;
}

describe('the session store', () => {
  let records: ClockedRecords;
  let store: SessionStore;

  beforeEach(() => {
    records = new ClockedRecords();
    store = sessionStore({ records });
  });

  it('gives back what was saved, with a cookie as express-session has it', async () => {
    await save(fresh(store, { user: { id: 7 } }));
    const held = (await load(store)) as Held;
    expect(held.user).to.deep.equal({ id: 7 });
    expect((held.cookie.expires as Date).getTime() - Date.now()).to.be.within(MAX_AGE_MS / 2, MAX_AGE_MS);
    expect(held.cookie.originalMaxAge).to.equal(MAX_AGE_MS);
    expect(held.cookie.httpOnly).to.equal(true);
  });

  it('has nothing for an id it does not know', async () => {
    expect(await load(store)).to.equal(undefined);
  });

  describe('with concurrent requests', () => {
    it('keeps what each changed, whoever saves last', async () => {
      await save(fresh(store, { a: 0, b: 0, c: 0 }));
      const [one, other, third] = [await load(store), await load(store), await load(store)] as [Held, Held, Held];
      one.a = 1;
      other.b = 1;
      delete third.c;
      await Promise.all([save(one), save(other), save(third)]);
      const now = await load(store);
      expect([now?.a, now?.b, now && 'c' in now]).to.deep.equal([1, 1, false]);
    });

    it('keeps what two stores, as of two processes, saved of one session at once', async () => {
      const elsewhere = sessionStore({ records });
      await save(fresh(store));
      const held = await Promise.all(Array.from({ length: 20 }, (_, index) => load(index % 2 ? store : elsewhere)));
      await Promise.all(
        held.map((one, index) => {
          if (one === undefined) throw new Error('not loaded');
          one[`field${index}`] = index;
          return save(one);
        }),
      );
      const now = await load(store);
      expect(held.map((_, index) => now?.[`field${index}`])).to.deep.equal(held.map((_, index) => index));
    });

    it('needs one write and no read where nobody else wrote', async () => {
      await save(fresh(store));
      const held = (await load(store)) as Held;
      records.calls.length = 0;
      held.a = 1;
      await save(held);
      held.a = 2;
      await save(held);
      expect(records.calls).to.deep.equal(['compareAndSet', 'compareAndSet']);
    });

    it('saves one object in the order of the calls', async () => {
      const held = fresh(store, { step: 0 });
      const saves = [1, 2, 3].map((step) => {
        held.step = step;
        return save(held);
      });
      await Promise.all(saves);
      expect((await load(store))?.step).to.equal(3);
    });

    it('gives up with a code after 40 rounds in which always another one was faster', async () => {
      const busy = sessionStore({ records: new Overtaken(records) });
      const refused = saved('failed');
      await save(fresh(store));
      const held = (await load(busy)) as Held;
      held.a = 1;
      const error = await save(held).catch((reason: unknown) => reason);
      expect(error).to.be.an('error').with.property('code', 'SESSION_CONFLICT');
      expect(saved('failed') - refused).to.equal(1);
    });
  });

  describe('after a log-out', () => {
    it('is not brought back by the save or the touch of a request that began before', async () => {
      await save(fresh(store, { user: 7 }));
      const [late, idle] = [(await load(store)) as Held, (await load(store)) as Held];
      await destroy(store);
      const gone = saved('gone');
      late.seen = true;
      await save(late);
      await save(late);
      await touch(store, idle);
      idle.cookie.originalMaxAge = 5;
      await touch(store, idle);
      expect(await load(store)).to.equal(undefined);
      expect(saved('gone') - gone).to.equal(3);
    });

    it('is not brought back by a first save that was still under way', async () => {
      const held = fresh(store, { user: 7 });
      await Promise.all([save(held), destroy(store)]);
      held.user = 8;
      await save(held);
      expect(await load(store)).to.equal(undefined);
    });

    it('is not brought back by plain data that waits to be set', async () => {
      const set = promisify(store.set.bind(store));
      const data = { cookie: { originalMaxAge: MAX_AGE_MS } } as session.SessionData;
      await Promise.all([set(SID, { ...data }), set(SID, { ...data }), destroy(store)]);
      expect(await load(store)).to.equal(undefined);
    });

    it('is not brought back either when it ran out instead', async () => {
      await save(fresh(store));
      const late = (await load(store)) as Held;
      records.nowMs += MAX_AGE_MS;
      late.seen = true;
      await save(late);
      expect(await load(store)).to.equal(undefined);
    });

    it('is regenerated under another id, the old one being gone', async () => {
      await save(fresh(store, { user: 7 }));
      const request = { sessionID: SID, sessionStore: store } as unknown as Request;
      Object.assign(store, {
        generate: (made: Request) => {
          made.sessionID = 'another';
          made.session = fresh(store, {}, MAX_AGE_MS, 'another');
        },
      });
      await promisify(store.regenerate.bind(store))(request);
      expect(await load(store)).to.equal(undefined);
      await save(request.session as unknown as Held);
      expect((await load(store, 'another'))?.user).to.equal(undefined);
      expect(await load(store, 'another')).not.to.equal(undefined);
    });
  });

  describe('lets a session live', () => {
    it('for its cookie’s maximum age from the last touch', async () => {
      await save(fresh(store));
      records.nowMs += MAX_AGE_MS - 1;
      const held = (await load(store)) as Held;
      expect((held.cookie.expires as Date).getTime() - Date.now()).to.be.within(-1000, 1);
      await touch(store, held);
      records.nowMs += MAX_AGE_MS - 1;
      expect(await load(store)).not.to.equal(undefined);
      records.nowMs += 1;
      expect(await load(store)).to.equal(undefined);
    });

    it('for the store’s own time where the cookie ends with the browser', async () => {
      const short = sessionStore({ records }, { ttlMs: 1000 });
      await save(fresh(short, {}, null));
      records.nowMs += 999;
      expect(await load(short)).not.to.equal(undefined);
      records.nowMs += 1;
      expect(await load(short)).to.equal(undefined);
    });

    it('longer or shorter as soon as its cookie says so', async () => {
      await save(fresh(store, { user: 7 }));
      const held = (await load(store)) as Held;
      held.cookie.originalMaxAge = 10 * MAX_AGE_MS;
      await touch(store, held);
      records.nowMs += 10 * MAX_AGE_MS - 1;
      const again = (await load(store)) as Held;
      expect(again.cookie.originalMaxAge).to.equal(10 * MAX_AGE_MS);
      expect(again.user).to.equal(7);
    });

    it('no longer once its cookie is over', async () => {
      await save(fresh(store));
      const held = (await load(store)) as Held;
      held.cookie.originalMaxAge = 0;
      held.changed = true;
      await save(held);
      expect(await load(store)).to.equal(undefined);
    });
  });

  it('touches what did not change instead of writing it', async () => {
    await save(fresh(store, { a: 1 }));
    const held = (await load(store)) as Held;
    records.calls.length = 0;
    await save(held);
    await touch(store, held);
    expect(records.calls).to.deep.equal(['touch', 'touch']);
  });

  it('replaces the whole when plain data is set that was not loaded through it', async () => {
    await save(fresh(store, { a: 1 }));
    const cookie = { originalMaxAge: MAX_AGE_MS } as session.Cookie;
    await promisify(store.set.bind(store))(SID, { cookie, b: 2 } as session.SessionData);
    const held = await load(store);
    expect([held?.a, held?.b]).to.deep.equal([undefined, 2]);
  });

  it('takes a session that is set under another id for a new one', async () => {
    await save(fresh(store, { a: 1 }));
    const held = (await load(store)) as Held;
    await promisify(store.set.bind(store))('copy', held);
    expect((await load(store, 'copy'))?.a).to.equal(1);
  });

  it('counts a record that is no session, warns without its id, and takes it for none', async () => {
    await records.compareAndSet(`sess:${SID}`, 0, '{"cookie":', { ttlMs: 1000 });
    const corrupt = saved('corrupt');
    const warned = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve));
    expect(await load(store)).to.equal(undefined);
    const { code, message } = await warned;
    expect(code).to.equal('TIDEGATE_SESSION_CORRUPT');
    expect(message).not.to.include(SID);
    expect(saved('corrupt') - corrupt).to.equal(1);
  });

  describe('when the shared state fails', () => {
    it('gives the error with its code to the callback', async () => {
      await save(fresh(store));
      const held = (await load(store)) as Held;
      records.faults.push('unavailable');
      const read = await load(store).catch((reason: unknown) => reason);
      held.a = 1;
      const written = await save(held).catch((reason: unknown) => reason);
      for (const error of [read, written]) {
        expect(error).to.be.an('error').with.property('code', 'STATE_UNAVAILABLE');
      }
    });

    it('saves once although an answer, or a request, was lost', async () => {
      const held = fresh(store, { a: 1 });
      for (const fault of ['request lost', 'answer lost'] as const) {
        records.faults.push(fault);
        held[fault] = true;
        await save(held);
      }
      const now = await load(store);
      expect([now?.a, now?.['request lost'], now?.['answer lost']]).to.deep.equal([1, true, true]);
      expect((await records.read(`sess:${SID}`))?.version).to.equal(2);
    });
  });

  it('refuses what JSON cannot say, through the callback', async () => {
    const error = await save(fresh(store, { big: 1n })).catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('code', 'SESSION_NOT_JSON');
  });

  it('lists, counts and clears its own sessions and no others', async () => {
    const other = sessionStore({ records }, { prefix: 'other:' });
    for (const sid of ['one', 'two', 'three']) await save(fresh(store, { name: sid }, MAX_AGE_MS, sid));
    await save(fresh(other, { name: 'four' }, MAX_AGE_MS, 'four'));
    const all = (await promisify(store.all.bind(store))()) as unknown as Record<string, Record<string, unknown>>;
    expect(Object.entries(all).map(([sid, { name }]) => [sid, name])).to.deep.equal([
      ['one', 'one'],
      ['two', 'two'],
      ['three', 'three'],
    ]);
    expect(await promisify(store.length.bind(store))()).to.equal(3);
    await promisify(store.clear.bind(store))();
    expect(await promisify(store.length.bind(store))()).to.equal(0);
    expect(await promisify(other.length.bind(other))()).to.equal(1);
  });

  it('refuses options out of their range', () => {
    for (const options of [{ ttlMs: 0 }, { ttlMs: 1.5 }, { prefix: '' }, { prefix: 'p'.repeat(201) }]) {
      expect(() => sessionStore({ records }, options))
        .to.throw('sessions: ')
        .with.property('code', 'STATE_BAD_ARGUMENT');
    }
  });

  describe('while nobody can say whether there is such a session', () => {
    const unknown = {
      read: async (_key: string, options?: { readonly ifUnknown?: string }) => {
        if (options?.ifUnknown !== 'error') return undefined;
        throw new StateError('STATE_UNKNOWN', 'Redis does not answer');
      },
    } as unknown as ClockedRecords;

    it('fails with what Express answers by itself with 503 and Retry-After: nobody is taken for logged out', async () => {
      const failed = await load(sessionStore({ records: unknown })).catch((error: unknown) => error);
      expect(failed).to.include({ name: 'SessionError', code: 'SESSION_UNKNOWN', status: 503 });
      expect((failed as { headers: object }).headers).to.deep.equal({ 'Retry-After': '2' });
    });

    it('takes it for no session where the app wants that', async () => {
      expect(await load(sessionStore({ records: unknown }, { whenUnknown: 'none' }))).to.equal(undefined);
    });

    it('refuses any other wish', () => {
      const options = { whenUnknown: 'perhaps' } as never;
      expect(() => sessionStore({ records }, options)).to.throw(
        StateError,
        'whenUnknown is "perhaps"; allowed: error, none',
      );
    });
  });
});

/** Records in which somebody else writes before every write of ours. */
class Overtaken extends ClockedRecords {
  readonly #behind: ClockedRecords;

  constructor(behind: ClockedRecords) {
    super();
    this.#behind = behind;
  }

  override read(key: string) {
    return this.#behind.read(key);
  }

  override async compareAndSet(...call: Parameters<ClockedRecords['compareAndSet']>) {
    const [key, , value, options] = call;
    const current = await this.#behind.read(key);
    await this.#behind.compareAndSet(key, current?.version ?? 0, current?.value ?? value, options);
    return this.#behind.compareAndSet(...call);
  }
}

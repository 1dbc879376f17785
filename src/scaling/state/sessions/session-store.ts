/** The express-session store over the shared state: callbacks outside, promises inside. */
import { createHash } from 'node:crypto';
import type { Request } from 'express';
import session from 'express-session';
import { count } from '../meters.ts';
import type { SharedState } from '../shared-state.ts';
import { fieldsOf, type SessionFields, sameFields, timeToLiveMs, toSessionData } from './session-fields.ts';
import { type SessionStoreOptions, sessionKeeping } from './session-options.ts';
import { type Base, SessionRecords } from './session-records.ts';
import { Turns } from './turns.ts';

type Callback<T extends unknown[]> = (error?: unknown, ...rest: T) => void;

/** Records read or deleted at a time by `all` and `clear`. */
const AT_A_TIME = 32;

/**
 * Sessions in the shared state. Errors come to the callback, with their `code`: those of `StateError`, SESSION_NOT_JSON, SESSION_CONFLICT,
 * SESSION_UNKNOWN.
 *
 * - Two requests of one session that change different top-level fields both keep their change; of one field the later save stays.
 * - A session that was destroyed (log out) is never brought back by the save or touch of a request that began before.
 * - A session that did not change is touched, not written.
 */
export class SessionStore extends session.Store {
  readonly #records: SessionRecords;
  readonly #ttlMs: number;
  readonly #turns = new Turns();
  /** By the object that the request holds: the data that `get` gave, then the `Session` that was made of it. */
  readonly #bases = new WeakMap<object, Base>();

  constructor(state: Pick<SharedState, 'records'>, options: SessionStoreOptions = {}) {
    super();
    const { ttlMs, ...keeping } = sessionKeeping(options);
    this.#ttlMs = ttlMs;
    this.#records = new SessionRecords(state.records, { ttlMs, ...keeping, random: Math.random });
  }

  /** Gives the session's data, or undefined if there is none (or what is there cannot be read, which is warned of and counted). */
  override get(sid: string, callback: (error: unknown, data?: session.SessionData | null) => void): void {
    answer<session.SessionData | null | undefined>(this.#load(sid), callback);
  }

  /** Makes `req.session` of the data that `get` gave, and remembers for it what was loaded. */
  override createSession(request: Request, data: session.SessionData): session.Session & session.SessionData {
    const base = this.#bases.get(data);
    const made = super.createSession(request, data);
    if (base !== undefined) this.#bases.set(made, base);
    return made;
  }

  /** Saves what the request changed. A session that is gone meanwhile stays gone, without an error. */
  override set(sid: string, data: session.SessionData, callback: Callback<[]> = () => {}): void {
    answer(this.#save(sid, data), callback);
  }

  /** Begins the session's time anew, and keeps a changed cookie (such as another `maxAge`). */
  override touch(sid: string, data: session.SessionData, callback: Callback<[]> = () => {}): void {
    answer(this.#touch(sid, data), callback);
  }

  override destroy(sid: string, callback: Callback<[]> = () => {}): void {
    answer(
      this.#turns.take(sid, () => this.#records.destroy(sid)).then(() => undefined),
      callback,
    );
  }

  /** All sessions by id. Reads each: for tools, not for requests. */
  override all(callback: (error: unknown, all?: { [sid: string]: session.SessionData } | null) => void): void {
    answer(this.#all(), callback);
  }

  /** How many sessions there are. Goes through all keys. */
  override length(callback: (error: unknown, length?: number) => void): void {
    answer(
      this.#records.ids().then((ids) => ids.length),
      callback,
    );
  }

  /** Destroys all sessions. */
  override clear(callback: Callback<[]> = () => {}): void {
    answer(this.#clear(), callback);
  }

  async #load(sid: string): Promise<session.SessionData | undefined> {
    const loaded = await this.#records.load(sid);
    if (loaded === 'corrupt') {
      count('sessions_saved_total', ['corrupt']);
      warnOfCorrupt(sid);
    }
    if (loaded === undefined || loaded === 'corrupt') return undefined;
    const data = toSessionData(loaded.fields, Date.now() + loaded.ttlMs) as unknown as session.SessionData;
    this.#bases.set(data, loaded);
    return data;
  }

  async #save(sid: string, data: session.SessionData): Promise<void> {
    const mine = fieldsOf(data);
    await this.#counted(() => this.#turns.take(sid, () => this.#saveFields(sid, data, mine)));
  }

  async #touch(sid: string, data: session.SessionData): Promise<void> {
    const cookie = fieldsOf({ cookie: data.cookie });
    const base = this.#baseOf(sid, data);
    const text = cookie.get('cookie');
    if (base !== undefined && text !== undefined && base.fields.get('cookie') !== text) {
      const mine = new Map(base.fields).set('cookie', text);
      await this.#counted(() => this.#turns.take(sid, () => this.#saveFields(sid, data, mine)));
    } else {
      await this.#renew(sid, cookie);
    }
  }

  /** The outcome, for the figures. Inside the session's turn, so that the base is the one after this request's save before. */
  async #saveFields(sid: string, data: object, mine: SessionFields): Promise<string> {
    const base = this.#baseOf(sid, data);
    if (base !== undefined && sameFields(base.fields, mine)) return this.#renew(sid, mine);
    const result = await this.#records.save(sid, base, mine);
    if ('version' in result) this.#bases.set(data, { sid, version: result.version, fields: mine });
    return result.outcome;
  }

  async #renew(sid: string, fields: SessionFields): Promise<string> {
    const ttlMs = timeToLiveMs(fields, this.#ttlMs);
    if (ttlMs <= 0) {
      await this.#records.destroy(sid);
      return 'ended';
    }
    return (await this.#records.touch(sid, ttlMs)) ? 'unchanged' : 'gone';
  }

  async #counted(save: () => Promise<string>): Promise<void> {
    try {
      count('sessions_saved_total', [await save()]);
    } catch (error) {
      count('sessions_saved_total', ['failed']);
      throw error;
    }
  }

  #baseOf(sid: string, data: object): Base | undefined {
    const base = this.#bases.get(data);
    return base?.sid === sid ? base : undefined;
  }

  async #all(): Promise<{ [sid: string]: session.SessionData }> {
    const all: [string, session.SessionData][] = [];
    await inBatches(await this.#records.ids(), async (sid) => {
      const data = await this.#load(sid);
      if (data !== undefined) all.push([sid, data]);
    });
    return Object.fromEntries(all);
  }

  async #clear(): Promise<void> {
    await inBatches(await this.#records.ids(), (sid) => this.#turns.take(sid, () => this.#records.destroy(sid)));
  }
}

/**
 * An express-session store over the shared state: `session({ store: sessionStore(state), resave: false, … })`.
 *
 * @throws StateError STATE_BAD_ARGUMENT: an option out of its range
 */
export function sessionStore(state: Pick<SharedState, 'records'>, options: SessionStoreOptions = {}): SessionStore {
  return new SessionStore(state, options);
}

/** Next tick, so that what a callback throws is the app's uncaught exception and not a rejection of ours. */
function answer<T>(result: Promise<T>, callback: (error: unknown, value?: T) => void): void {
  result.then(
    (value) => process.nextTick(callback, null, value),
    (error: unknown) => process.nextTick(callback, error),
  );
}

async function inBatches(ids: readonly string[], act: (sid: string) => Promise<unknown>): Promise<void> {
  for (let first = 0; first < ids.length; first += AT_A_TIME) {
    await Promise.all(ids.slice(first, first + AT_A_TIME).map(act));
  }
}

/** A session's id is as good as a password: only a digest of it may be seen. */
function warnOfCorrupt(sid: string): void {
  const digest = createHash('sha256').update(sid).digest('hex').slice(0, 12);
  process.emitWarning(`The record of session sha256:${digest} is not a session and counts as none`, {
    code: 'TIDEGATE_SESSION_CORRUPT',
  });
}

/** Sessions as versioned records: loaded with their version, saved by a bounded compare-and-set that merges what others wrote meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import { StateError } from '../errors.ts';
import type { CallOptions, CompareAndSetResult, VersionedRecord, VersionedRecords } from '../shared-state.ts';
import { SessionError, SessionUnknownError } from './session-error.ts';
import { mergeFields, readFields, type SessionFields, timeToLiveMs, writeFields } from './session-fields.ts';

/** What a request loaded or last saved: the ground on which its changes are found. */
export interface Base {
  readonly sid: string;
  readonly version: number;
  readonly fields: SessionFields;
}

/** `gone`: it was destroyed or ran out since it was loaded; `ended`: its own cookie says that it is over. */
export type SaveResult =
  | { readonly outcome: 'stored' | 'merged'; readonly version: number }
  | { readonly outcome: 'gone' | 'ended' };

export interface SessionRecordsOptions {
  /** Begins every record's key. */
  readonly prefix: string;
  /** Time to live of a session whose cookie has no maximum age. */
  readonly ttlMs: number;
  readonly call: CallOptions;
  /** What a load does when nobody can say whether there is such a session. */
  readonly ifUnknown: 'absent' | 'error';
  /** From 0 to below 1: spreads the retries of processes that save one session at once. */
  readonly random: () => number;
}

/** Each attempt that fails means that another one's save went through, so 40 cover many more processes than one machine has. */
const ATTEMPTS = 40;
/** Up to here retries follow at once: with few writers that is the quickest. */
const ATTEMPTS_AT_ONCE = 3;
const LONGEST_PAUSE_MS = 20;

export class SessionRecords {
  readonly #records: VersionedRecords;
  readonly #options: SessionRecordsOptions;

  constructor(records: VersionedRecords, options: SessionRecordsOptions) {
    this.#records = records;
    this.#options = options;
  }

  /** `corrupt`: there is a record, but it is no session. @throws SessionUnknownError, StateError */
  async load(sid: string): Promise<(Base & { readonly ttlMs: number }) | 'corrupt' | undefined> {
    const { call, ifUnknown } = this.#options;
    const record = await this.#records.read(this.#key(sid), { ...call, ifUnknown }).catch((error: unknown) => {
      const isUnknown = error instanceof StateError && error.code === 'STATE_UNKNOWN';
      throw isUnknown ? new SessionUnknownError(error) : error;
    });
    if (record === undefined) return undefined;
    const fields = readFields(record.value.toString());
    return fields === undefined ? 'corrupt' : { sid, version: record.version, fields, ttlMs: record.ttlMs };
  }

  /**
   * Saves what changed from `base` to `mine` on top of what is there. Without `base` (a new session, or one that was not loaded through
   * the store) `mine` replaces what is there.
   *
   * @throws SessionError SESSION_CONFLICT after 40 attempts; StateError
   */
  async save(sid: string, base: Base | undefined, mine: SessionFields): Promise<SaveResult> {
    let expected = base?.version ?? 0;
    let fields = mine;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const ttlMs = timeToLiveMs(fields, this.#options.ttlMs);
      if (ttlMs <= 0) {
        await this.destroy(sid);
        return { outcome: 'ended' };
      }
      const result = await this.#compareAndSet(sid, expected, writeFields(fields), ttlMs);
      if (result === 'unknown') continue;
      if (result.stored) return { outcome: fields === mine ? 'stored' : 'merged', version: result.version };
      const { current } = result;
      if (current === undefined) return { outcome: 'gone' };
      expected = current.version;
      fields = base === undefined ? mine : mergeFields(base.fields, mine, fieldsIn(current));
      await this.#pause(attempt);
    }
    throw new SessionError(
      'SESSION_CONFLICT',
      `A session was saved by others ${ATTEMPTS} times while this request tried to; its changes are lost`,
    );
  }

  /** Begins the session's time anew; false: there is none (any more). */
  touch(sid: string, ttlMs: number): Promise<boolean> {
    return this.#records.touch(this.#key(sid), ttlMs, this.#options.call);
  }

  destroy(sid: string): Promise<boolean> {
    return this.#records.delete(this.#key(sid), this.#options.call);
  }

  /** Session ids, each once. */
  async ids(): Promise<readonly string[]> {
    const ids = new Set<string>();
    for await (const key of this.#records.scan(this.#options.prefix, this.#options.call)) {
      ids.add(key.slice(this.#options.prefix.length));
    }
    return [...ids];
  }

  #key(sid: string): string {
    return `${this.#options.prefix}${sid}`;
  }

  /** `unknown`: the answer was lost and nothing is there; writing again with the same `expected` is safe. */
  async #compareAndSet(
    sid: string,
    expected: number,
    text: string,
    ttlMs: number,
  ): Promise<CompareAndSetResult | 'unknown'> {
    const key = this.#key(sid);
    try {
      return await this.#records.compareAndSet(key, expected, text, { ...this.#options.call, ttlMs });
    } catch (error) {
      if (!(error instanceof StateError && error.ambiguous)) throw error;
    }
    const current = await this.#records.read(key, this.#options.call);
    if (current === undefined && expected === 0) return 'unknown';
    if (current?.version === expected + 1 && current.value.toString() === text) {
      return { stored: true, version: current.version };
    }
    return { stored: false, current };
  }

  async #pause(attempt: number): Promise<void> {
    if (attempt <= ATTEMPTS_AT_ONCE) return;
    const longestMs = Math.min(LONGEST_PAUSE_MS, 2 ** (attempt - ATTEMPTS_AT_ONCE));
    await wait(this.#options.random() * longestMs);
  }
}

/** What is not a session has no field that is worth keeping. */
function fieldsIn(record: VersionedRecord): SessionFields {
  return readFields(record.value.toString()) ?? new Map();
}

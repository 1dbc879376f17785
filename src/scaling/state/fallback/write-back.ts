import { randomUUID } from 'node:crypto';
import type { SharedState } from '../shared-state.ts';
import { BUCKETS, type KeptMark, type Mark, type Marks, OWN_PREFIX } from './marks.ts';
import type { PrimaryGuard } from './primary-guard.ts';
import { type RecordCopies, transferMs, wholeMs } from './record-copies.ts';

type MarkOf<K extends Mark['kind']> = Extract<Mark, { kind: K }>;

export interface WriteBackCount {
  /** Marks that were dealt with. */
  readonly done: number;
  /** Left for the next time: their write was still under way. */
  readonly left: number;
}

const LOCK_KEY = `${OWN_PREFIX}write-back`;
/** A worker that dies while it writes back keeps the others from it for so long. */
const LOCK_MS = 5_000;
/** Redis gets so many at once. */
const AT_ONCE = 64;
/** No write takes longer than this: a mark whose version has not come by then never will. */
const WRITE_UNDER_WAY_MS = 30_000;
/** A touch is worth telling when it gives the record this much more time. */
const TOUCH_SLACK_MS = 1_000;

/**
 * Tells Redis what it missed, from the marks in the embedded store. One worker of a machine does it at a time; done twice it does no harm,
 * because each step is by version or repeatable.
 */
export class WriteBack {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #guard: PrimaryGuard;
  readonly #marks: Marks;
  readonly #copies: RecordCopies;
  readonly #id = randomUUID();

  constructor(primary: SharedState, embedded: SharedState, guard: PrimaryGuard, marks: Marks, copies: RecordCopies) {
    this.#primary = primary;
    this.#embedded = embedded;
    this.#guard = guard;
    this.#marks = marks;
    this.#copies = copies;
  }

  /**
   * Undefined: another worker is at it.
   * @throws PrimaryFailed when Redis is away again, StateError of the embedded store; the marks that remain are for the next time
   */
  async run(): Promise<WriteBackCount | undefined> {
    if (!(await this.#embedded.add(LOCK_KEY, this.#id, { ttlMs: LOCK_MS }))) return undefined;
    try {
      let done = 0;
      let left = 0;
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        const kept = await this.#marks.list(bucket);
        for (let from = 0; from < kept.length; from += AT_ONCE) {
          const some = kept.slice(from, from + AT_ONCE);
          const fields = await this.#tell(some);
          await this.#marks.remove(bucket, fields);
          await this.#embedded.expire(LOCK_KEY, LOCK_MS);
          done += fields.length;
          left += some.length - fields.length;
        }
      }
      return { done, left };
    } finally {
      await this.#embedded.deleteIfEqual(LOCK_KEY, this.#id).catch(() => {});
    }
  }

  /** The fields of those marks that need no second time. */
  async #tell(kept: readonly KeptMark[]): Promise<string[]> {
    const outcomes = await Promise.all(kept.map(({ mark }) => this.#one(mark)));
    return kept.filter((_, index) => outcomes[index]).map(({ field }) => field);
  }

  async #one(mark: Mark): Promise<boolean> {
    switch (mark.kind) {
      case 'record':
        return this.#record(mark);
      case 'touch':
        return this.#touch(mark);
      case 'gone':
        return this.#gone(mark);
      case 'deleted':
        await this.#guard.run(() => this.#primary.delete([mark.key]));
        return true;
      case 'unlocked':
        await this.#guard.run(() => this.#primary.deleteIfEqual(mark.key, Buffer.from(mark.value, 'base64')));
        return true;
      case 'reservation':
        return this.#reservation(mark);
    }
  }

  async #record({ key, version, markedMs }: MarkOf<'record'>): Promise<boolean> {
    const local = await this.#embedded.records.read(key);
    if (local !== undefined) {
      const { value } = local;
      const ttlMs = wholeMs(local.ttlMs);
      await this.#guard.run(
        () => this.#primary.records.setIfNewer(key, local.version, value, { ttlMs }),
        transferMs(value.length),
      );
      if (local.version >= version) return true;
    }
    return Date.now() - markedMs > WRITE_UNDER_WAY_MS;
  }

  async #touch({ key }: MarkOf<'touch'>): Promise<boolean> {
    const local = await this.#embedded.records.read(key);
    if (local === undefined) return true;
    const current = await this.#copies.lift(key, local);
    if (current !== undefined && current.ttlMs < local.ttlMs - TOUCH_SLACK_MS) {
      await this.#guard.run(() => this.#primary.records.touch(key, wholeMs(local.ttlMs)));
    }
    return true;
  }

  async #gone({ key, version, expiresMs }: MarkOf<'gone'>): Promise<boolean> {
    const ttlMs = expiresMs - Date.now();
    if (ttlMs < 1) return true;
    // Made anew after its deletion: the record's own mark tells of it.
    if ((await this.#embedded.records.read(key)) !== undefined) return true;
    if (version !== null) {
      await this.#guard.run(() => this.#primary.records.setIfNewer(key, version, null, { ttlMs: wholeMs(ttlMs) }));
    }
    // Whatever version another machine has given it since: a destroyed session stays destroyed.
    await this.#guard.run(() => this.#primary.records.delete(key));
    return true;
  }

  async #reservation({ key, token, amounts }: MarkOf<'reservation'>): Promise<boolean> {
    if (amounts.length === 0) {
      await this.#guard.run(() => this.#primary.reservations.release(key, token));
      return true;
    }
    const { reservations } = this.#embedded;
    if (!(await reservations.tokens(key)).includes(token)) return true;
    const { granted } = await this.#guard.run(() => this.#primary.reservations.reserve(key, token, amounts));
    // Refused: machines that didn't know of each other took too much together. It stays in the embedded store until it is released.
    if (!granted) return true;
    // Released meanwhile: what was just taken on Redis would stay for ever.
    if (!(await reservations.release(key, token))) {
      await this.#guard.run(() => this.#primary.reservations.release(key, token));
    }
    return true;
  }
}

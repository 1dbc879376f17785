/** Who talks with whom: one record for each user, so that it outlives the worker, and an outage of Redis. */
import type { RecordState } from './newest-list.ts';

export interface Partner {
  readonly id: string;
  readonly name: string;
}

export interface Conversation {
  readonly room: string;
  readonly partner: Partner;
  /** Whether this side makes the offers of a call. */
  readonly initiator: boolean;
}

/** Without a renewal by either's worker it is over. */
export const CONVERSATION_TTL_MS = 120_000;
/** The mark of an ended one is of use only to those who would end it at the same moment. */
const ENDED_TTL_MS = 1_000;
const ATTEMPTS = 10;

export class Conversations {
  readonly #records: RecordState['records'];

  constructor({ records }: RecordState) {
    this.#records = records;
  }

  async of(userId: string): Promise<Conversation | undefined> {
    return decode((await this.#records.read(keyOf(userId)))?.value);
  }

  /** In the place of any other. @throws StateError; Error when others were faster each time */
  async set(userId: string, conversation: Conversation): Promise<void> {
    await this.#write(userId, CONVERSATION_TTL_MS, () => conversation);
  }

  /** Ends the user's conversation if it is this one; false: it is not. */
  async end(userId: string, room: string): Promise<boolean> {
    return this.#write(userId, ENDED_TTL_MS, (current) => (current?.room === room ? null : undefined));
  }

  /** False: it is over. */
  renew(userId: string): Promise<boolean> {
    return this.#records.touch(keyOf(userId), CONVERSATION_TTL_MS);
  }

  /** Writes what `next` makes of what is there; undefined: nothing is written. */
  async #write(
    userId: string,
    ttlMs: number,
    next: (current: Conversation | undefined) => Conversation | null | undefined,
  ): Promise<boolean> {
    const key = keyOf(userId);
    let found = await this.#records.read(key);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const value = next(decode(found?.value));
      if (value === undefined) return false;
      const written = await this.#records.compareAndSet(key, found?.version ?? 0, JSON.stringify(value), { ttlMs });
      if (written.stored) return true;
      found = written.current;
    }
    throw new Error(`the conversation of user ${userId} was changed by others ${ATTEMPTS} times meanwhile`);
  }
}

function decode(value: Buffer | undefined): Conversation | undefined {
  return value === undefined ? undefined : ((JSON.parse(value.toString()) as Conversation | null) ?? undefined);
}

function keyOf(userId: string): string {
  return `app:conversation:${userId}`;
}

/** Who may log in. */
import type { RecordState } from './newest-list.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
  /** Base64. */
  readonly salt: string;
  /** Base64. */
  readonly hash: string;
  readonly createdAtMs: number;
}

const YEAR_MS = 365 * 86_400_000;

/** Accounts by their name; one that nobody logs in to for a year is gone. */
export class Accounts {
  readonly #state: RecordState;

  constructor(state: RecordState) {
    this.#state = state;
  }

  /** @throws StateError STATE_UNKNOWN: a name that is registered elsewhere must not be registered here once more */
  async find(name: string): Promise<Account | undefined> {
    const record = await this.#state.records.read(keyOf(name), { ifUnknown: 'error' });
    return record === undefined ? undefined : (JSON.parse(record.value.toString()) as Account);
  }

  /** The account as it is now: of two who register one name at once, the first one's. */
  async register(account: Account): Promise<Account> {
    const key = keyOf(account.name);
    const written = await this.#state.records.compareAndSet(key, 0, JSON.stringify(account), { ttlMs: YEAR_MS });
    if (written.stored || written.current === undefined) return account;
    return JSON.parse(written.current.value.toString()) as Account;
  }

  async renew(name: string): Promise<void> {
    await this.#state.records.touch(keyOf(name), YEAR_MS);
  }
}

/** `Ann` and `ann` would be taken for one another. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

function keyOf(name: string): string {
  return `app:account:${nameKey(name)}`;
}

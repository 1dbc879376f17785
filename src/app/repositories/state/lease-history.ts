import type { LeaseChange, LeaseHistoryRepository, NewLeaseChange } from '../lease-history-repository.ts';
import { NewestList, type RecordState } from './newest-list.ts';

const MOST_CHANGES = 200;
const MONTH_MS = 30 * 86_400_000;

/** Lease histories without a database: the newest changes of each lease and of each owner, for a month. */
export class StateLeaseHistory implements LeaseHistoryRepository {
  readonly #lists: NewestList<LeaseChange>;

  constructor(state: RecordState) {
    this.#lists = new NewestList(state, { most: MOST_CHANGES, ttlMs: MONTH_MS });
  }

  /** In both lists or, after a failure, in the lease's alone. */
  async add(change: NewLeaseChange): Promise<LeaseChange> {
    const added = await this.#lists.add(leaseKey(change.leaseId), (id) => ({
      ...change,
      id: `${change.leaseId}.${id}`,
    }));
    await this.#lists.add(ownerKey(change.owner), () => added);
    return added;
  }

  async ofLease(leaseId: string): Promise<readonly LeaseChange[]> {
    return (await this.#lists.read(leaseKey(leaseId))).toReversed();
  }

  async newestOfOwner(owner: string, limit: number): Promise<readonly LeaseChange[]> {
    return (await this.#lists.read(ownerKey(owner))).slice(0, limit);
  }
}

function leaseKey(leaseId: string): string {
  return `app:lease-history:lease:${leaseId}`;
}

function ownerKey(owner: string): string {
  return `app:lease-history:owner:${owner}`;
}

/** What became of leases: one entry for each change of status. */

export interface NewLeaseChange {
  readonly leaseId: string;
  readonly owner: string;
  /** Such as `created`, `connected`, `disconnected`. */
  readonly status: string;
  readonly atMs: number;
}

export interface LeaseChange extends NewLeaseChange {
  readonly id: string;
}

export interface LeaseHistoryRepository {
  add(change: NewLeaseChange): Promise<LeaseChange>;
  /** All changes of a lease, in order. */
  ofLease(leaseId: string): Promise<readonly LeaseChange[]>;
  /** An owner's latest changes, newest first. */
  newestOfOwner(owner: string, limit: number): Promise<readonly LeaseChange[]>;
}

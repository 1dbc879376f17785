/** What an app sees of its database. */
import type { CallOptions } from './call-limits.ts';
import type { PoolStatus, QueryResult } from './connection-pool.ts';
import type { ReplicaStatus } from './replica-set.ts';
import type { Isolation } from './transaction.ts';

export interface ReadOptions extends CallOptions {
  /** Read from the primary: what was written a moment ago may not be on a replica yet. */
  readonly primary?: boolean | undefined;
}

/** What runs statements: the database, or a transaction on it. */
export interface Queryable {
  /** Runs a statement on the primary. Values are `$1`, `$2` … in the text. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Runs a statement that writes nothing. In a transaction: within it, so it sees what was written there. */
  read<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
}

export interface TransactionOptions extends CallOptions {
  /** Default: read committed. */
  readonly isolation?: Isolation | undefined;
  readonly readOnly?: boolean | undefined;
}

export interface DatabaseStatus {
  readonly primary: string;
  readonly replicas: readonly ReplicaStatus[];
  readonly pools: readonly PoolStatus[];
  /** Reads answered by a replica; by the primary because no replica was fit; and by the primary after a replica failed. */
  readonly reads: { readonly replica: number; readonly primary: number; readonly rescued: number };
}

export interface Database extends Queryable {
  /** @throws DatabaseError; `ambiguous` when a write may have been done all the same */
  query<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: CallOptions,
  ): Promise<QueryResult<Row>>;
  /**
   * From a replica that is up and behind by no more than the limit, else from the primary; once more from the primary when the
   * replica's connection is lost meanwhile.
   */
  read<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: ReadOptions,
  ): Promise<QueryResult<Row>>;
  /** Commits when `work` resolves, else rolls back. `timeoutMs` is for the whole of it. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** One round trip to the primary; its milliseconds. */
  ping(options?: CallOptions): Promise<number>;
  /** Checks the replicas now, instead of at the next interval. */
  checkReplicas(): Promise<readonly ReplicaStatus[]>;
  /** The pools of this process: the primary's first. */
  poolStatus(): readonly PoolStatus[];
  /** For `/health` and people: JSON-ready. */
  status(): DatabaseStatus;
  /** Takes no more calls; those under way have `graceMs` (5,000) to end. Safe to repeat. */
  close(graceMs?: number): Promise<void>;
}

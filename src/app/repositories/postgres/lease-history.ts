import type { Queryable } from 'tidegate/database';
import type { LeaseChange, LeaseHistoryRepository, NewLeaseChange } from '../lease-history-repository.ts';

interface Row {
  readonly id: string;
  readonly lease_id: string;
  readonly owner: string;
  readonly status: string;
  readonly at: Date;
}

export class PostgresLeaseHistory implements LeaseHistoryRepository {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async add(change: NewLeaseChange): Promise<LeaseChange> {
    const { leaseId, owner, status, atMs } = change;
    const { rows } = await this.#database.query<Pick<Row, 'id'>>(
      'INSERT INTO lease_history (lease_id, owner, status, at) VALUES ($1, $2, $3, $4) RETURNING id',
      [leaseId, owner, status, new Date(atMs)],
    );
    return { ...change, id: (rows[0] as Row).id };
  }

  async ofLease(leaseId: string): Promise<readonly LeaseChange[]> {
    const { rows } = await this.#database.read<Row>(
      'SELECT id, lease_id, owner, status, at FROM lease_history WHERE lease_id = $1 ORDER BY at, id',
      [leaseId],
    );
    return rows.map(changeOf);
  }

  async newestOfOwner(owner: string, limit: number): Promise<readonly LeaseChange[]> {
    const { rows } = await this.#database.read<Row>(
      `SELECT id, lease_id, owner, status, at FROM lease_history WHERE owner = $1
       ORDER BY at DESC, id DESC LIMIT $2`,
      [owner, limit],
    );
    return rows.map(changeOf);
  }
}

function changeOf({ id, lease_id, owner, status, at }: Row): LeaseChange {
  return { id, leaseId: lease_id, owner, status, atMs: at.getTime() };
}

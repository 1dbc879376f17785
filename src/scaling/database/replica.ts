/** A replica: its pool, a connection of its own for checks, and what the checks say. */
import type { CallLimits } from './call-limits.ts';
import type { ConnectionPool, QueryResult } from './connection-pool.ts';
import { DatabaseError } from './errors.ts';
import { judgeReplica, lagMs, type PrimaryPosition, type ReplicaState } from './replica-lag.ts';

/** A server that is no replica (any more) has all there is: its own position is as good as replayed. */
const REPLAYED = `SELECT pg_wal_lsn_diff(
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::float8 AS position`;

export class Replica {
  readonly pool: ConnectionPool;
  readonly #checks: ConnectionPool;
  readonly #maxLagMs: number;
  #state: ReplicaState = { state: 'unknown' };

  /** @param checks a pool of one: a check must not wait behind the app's queries, nor take a connection from them */
  constructor(pool: ConnectionPool, checks: ConnectionPool, maxLagMs: number) {
    this.pool = pool;
    this.#checks = checks;
    this.#maxLagMs = maxLagMs;
  }

  get state(): ReplicaState {
    return this.#state;
  }

  /** Asks how far it has come. Never rejects. */
  async check(notes: readonly PrimaryPosition[], limits: CallLimits): Promise<void> {
    try {
      const { rows } = await this.#checks.run<{ position: number }>(REPLAYED, [], limits);
      const lag = lagMs(notes, rows[0]?.position ?? Number.NEGATIVE_INFINITY);
      this.#state = judgeReplica(lag, this.#maxLagMs, performance.now());
    } catch (error) {
      this.markDown(error);
      // Reads under way are ended, so that they go to the primary at once instead of waiting for a server that hangs.
      const { server } = this.pool;
      this.pool.interrupt(new DatabaseError('DB_UNAVAILABLE', `${server} did not answer a check`, { cause: error }));
    }
  }

  /** Not to be read from until a check finds it up. */
  markDown(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#state = { state: 'down', reason, checkedAtMs: performance.now() };
  }

  run<Row>(text: string, values: readonly unknown[], limits: CallLimits): Promise<QueryResult<Row>> {
    return this.pool.run<Row>(text, values, limits);
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([this.pool.close(graceMs), this.#checks.close(graceMs)]);
  }
}

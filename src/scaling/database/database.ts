/** PostgreSQL for an app: writes to the primary, reads from replicas that keep up, through watched pools. */
import { type CallLimits, type CallOptions, limitsOf } from './call-limits.ts';
import { ConnectionPool, type PoolStatus, type QueryResult } from './connection-pool.ts';
import type { Database, DatabaseStatus, Queryable, ReadOptions, TransactionOptions } from './contract.ts';
import { checkedOptions, type DatabaseOptions, type ReadyOptions } from './database-options.ts';
import { DatabaseError } from './errors.ts';
import { Replica } from './replica.ts';
import { ReplicaSet, type ReplicaStatus } from './replica-set.ts';
import { addressOfParts, addressOfUrl, type ServerAddress } from './server-address.ts';
import { isServerTrouble } from './server-failure.ts';
import { type Guard, inTransaction } from './transaction.ts';

/** What a statement may take beyond the server's own timeout before the client stops waiting: the network, a stall of this process. */
const ANSWER_MARGIN_MS = 1_000;
const CLOSE_GRACE_MS = 5_000;

/**
 * A database that is connected to when it is first used.
 * @throws DatabaseSettingsError
 */
export function createDatabase(options: DatabaseOptions): Database {
  return new PostgresDatabase(checkedOptions(options));
}

class PostgresDatabase implements Database {
  readonly #options: ReadyOptions;
  readonly #primary: ConnectionPool;
  readonly #replicas: ReplicaSet;
  readonly #pools: readonly ConnectionPool[];
  readonly #reads = { replica: 0, primary: 0, rescued: 0 };

  constructor(options: ReadyOptions) {
    this.#options = options;
    const address =
      typeof options.primary === 'string' ? addressOfUrl(options.primary) : addressOfParts(options.primary);
    this.#primary = this.#pool('primary', address);
    const replicas = options.replicaUrls.map((url, index) => {
      const replica = addressOfUrl(url);
      const pool = this.#pool(`replica-${index + 1}`, replica);
      return new Replica(pool, this.#checkPool(replica), options.maxReplicaLagMs);
    });
    this.#replicas = new ReplicaSet(replicas, this.#checkPool(address), options.replicaCheckMs);
    this.#pools = [this.#primary, ...replicas.map(({ pool }) => pool)];
  }

  async query<Row>(
    text: string,
    values: readonly unknown[] = [],
    options: CallOptions = {},
  ): Promise<QueryResult<Row>> {
    return this.#onPrimary<Row>(text, values, this.#limits(options));
  }

  async read<Row>(text: string, values: readonly unknown[] = [], options: ReadOptions = {}): Promise<QueryResult<Row>> {
    const limits = this.#limits(options);
    const replica = options.primary ? undefined : this.#replicas.pick();
    if (replica === undefined) {
      this.#reads.primary += 1;
      return this.#onPrimary<Row>(text, values, limits);
    }
    try {
      const result = await replica.run<Row>(text, values, limits);
      this.#reads.replica += 1;
      return result;
    } catch (error) {
      if (!mayBeRescued(error)) throw error;
      if ((error as DatabaseError).code === 'DB_UNAVAILABLE') replica.markDown(error);
      this.#reads.rescued += 1;
      return this.#onPrimary<Row>(text, values, limits);
    }
  }

  async transaction<T>(work: (transaction: Queryable) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const { isolation = 'read committed', readOnly = false } = options;
    const guard: Guard = (call) => this.#guarded(call);
    return inTransaction(this.#primary, { isolation, readOnly }, this.#limits(options), guard, (run) =>
      work({
        query: (text, values = []) => run(text, values),
        read: (text, values = []) => run(text, values),
      }),
    );
  }

  async ping(options: CallOptions = {}): Promise<number> {
    const startedAtMs = performance.now();
    await this.query('SELECT 1', [], options);
    return performance.now() - startedAtMs;
  }

  async checkReplicas(): Promise<readonly ReplicaStatus[]> {
    await this.#replicas.check();
    return this.#replicas.status();
  }

  poolStatus(): readonly PoolStatus[] {
    return this.#pools.map((pool) => pool.status());
  }

  status(): DatabaseStatus {
    return {
      primary: this.#primary.server,
      replicas: this.#replicas.status(),
      pools: this.poolStatus(),
      reads: { ...this.#reads },
    };
  }

  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    await Promise.all([this.#primary.close(graceMs), this.#replicas.close(graceMs)]);
  }

  #onPrimary<Row>(text: string, values: readonly unknown[], limits: CallLimits): Promise<QueryResult<Row>> {
    return this.#guarded(() => this.#primary.run<Row>(text, values, limits));
  }

  /** Through the guard, which sees the server's failures and not the caller's: a violated constraint opens no circuit. */
  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    const outcome = await this.#options.guard(async () => {
      try {
        return { ok: true, value: await call() } as const;
      } catch (error) {
        if (isServerTrouble(error)) throw error;
        return { ok: false, error } as const;
      }
    });
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  #limits(options: CallOptions): CallLimits {
    const { statementTimeoutMs, connectTimeoutMs } = this.#options;
    return limitsOf(options, statementTimeoutMs + connectTimeoutMs + ANSWER_MARGIN_MS);
  }

  #pool(pool: string, address: ServerAddress): ConnectionPool {
    const { poolMin: min, poolMax: max, onPoolAlert: onAlert, sampleMs, applicationName } = this.#options;
    const { statementTimeoutMs, connectTimeoutMs } = this.#options;
    const timeouts = { statementTimeoutMs, connectTimeoutMs };
    return new ConnectionPool({ pool, address, min, max, ...timeouts, applicationName, sampleMs, onAlert });
  }

  /** Of one connection, of which nobody needs to be told: it is busy when it is used. */
  #checkPool(address: ServerAddress): ConnectionPool {
    const { replicaCheckMs, applicationName, sampleMs } = this.#options;
    return new ConnectionPool({
      pool: 'checks',
      address,
      min: 1,
      max: 1,
      statementTimeoutMs: replicaCheckMs,
      connectTimeoutMs: replicaCheckMs,
      applicationName,
      sampleMs,
      onAlert: null,
    });
  }
}

/** A lost connection, or a replica that cancelled the read because of what it has to replay. */
function mayBeRescued(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === 'DB_UNAVAILABLE' || error.code === 'DB_CONFLICT');
}

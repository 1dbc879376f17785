/** A pool of connections to one server: opened when first used, watched, with deadlines, and with our errors. */
import type { Pool, PoolClient } from 'pg';
import { count } from '../state/meters.ts';
import { type CallLimits, type Interruptions, within } from './call-limits.ts';
import { type DriverPoolOptions, driverPool } from './driver-pool.ts';
import { DatabaseError } from './errors.ts';
import { type PoolAlert, PoolMonitor } from './pool-monitor.ts';
import type { PressureLevel } from './pool-pressure.ts';
import { connectFailure, statementFailure } from './server-failure.ts';

export interface QueryResult<Row> {
  readonly rows: readonly Row[];
  /** Rows returned or touched; 0 for statements that tell none. */
  readonly rowCount: number;
  /** The server's word for what it did: `SELECT`, `INSERT`, `ROLLBACK` … */
  readonly command: string;
}

export interface ConnectionPoolOptions extends DriverPoolOptions {
  /** Label in metrics and alerts. */
  readonly pool: string;
  readonly sampleMs: number;
  /** null: nobody watches it. */
  readonly onAlert: ((alert: PoolAlert) => void) | null;
}

export interface PoolStatus {
  readonly pool: string;
  /** `host:port/name` */
  readonly server: string;
  readonly min: number;
  readonly max: number;
  /** Open, or being opened. */
  readonly total: number;
  readonly idle: number;
  readonly used: number;
  readonly waiting: number;
  /** Share of the pool in use, 0 to 1. */
  readonly utilization: number;
  readonly level: PressureLevel;
}

/** A connection that its holder must give back. */
export interface Lease {
  readonly run: <Row>(text: string, values: readonly unknown[], limits: CallLimits) => Promise<QueryResult<Row>>;
  /** `broken`: what state it is in is not known, so it is closed. */
  readonly giveBack: (broken?: boolean) => void;
}

const GIVEN_BACK = 'the connection was given back already';

export class ConnectionPool {
  readonly server: string;
  readonly #options: ConnectionPoolOptions;
  readonly #monitor: PoolMonitor | null;
  readonly #interruptions: Interruptions = new Set();
  readonly #leases = new Set<Lease>();
  #pool: Pool | null = null;
  #opening: Promise<Pool> | null = null;
  #closed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.server = options.address.label;
    const { pool, sampleMs, onAlert } = options;
    this.#monitor = onAlert && new PoolMonitor({ pool, sample: () => this.status(), onAlert, sampleMs });
  }

  /**
   * Runs one statement on any connection.
   * @throws DatabaseError
   */
  async run<Row>(text: string, values: readonly unknown[], limits: CallLimits): Promise<QueryResult<Row>> {
    const lease = await this.lease(limits);
    let broken = true;
    try {
      const result = await lease.run<Row>(text, values, limits);
      broken = false;
      return result;
    } catch (error) {
      broken = !answered(error);
      throw error;
    } finally {
      lease.giveBack(broken);
    }
  }

  /**
   * Takes a connection out of the pool.
   * @throws DatabaseError DB_UNAVAILABLE, DB_POOL_EXHAUSTED, DB_TIMEOUT, DB_ABORTED, DB_CLOSED
   */
  async lease(limits: CallLimits): Promise<Lease> {
    try {
      const client = await this.#connect(limits);
      return this.#leaseOf(client);
    } catch (error) {
      const failure = connectFailure(error, this.server, this.#options.connectTimeoutMs);
      this.#countQuery(failure);
      throw failure;
    }
  }

  /** Ends the calls under way with the error, and closes their connections. */
  interrupt(reason: DatabaseError): void {
    for (const giveUp of [...this.#interruptions]) giveUp(reason);
  }

  status(): PoolStatus {
    const { pool, min, max } = this.#options;
    const total = this.#pool?.totalCount ?? 0;
    const idle = this.#pool?.idleCount ?? 0;
    const used = total - idle;
    const waiting = this.#pool?.waitingCount ?? 0;
    const level = this.#monitor?.level ?? 'ok';
    return { pool, server: this.server, min, max, total, idle, used, waiting, utilization: used / max, level };
  }

  /** Takes no more calls, waits for those under way for up to `graceMs`, then ends them. Safe to repeat. */
  async close(graceMs: number): Promise<void> {
    const first = !this.#closed;
    this.#closed = true;
    this.#monitor?.close();
    if (!first || this.#opening === null) return;
    const pool = await this.#opening;
    const timer = setTimeout(() => {
      this.interrupt(this.#closedError());
      // Transactions in which nothing is under way but their own work.
      for (const lease of [...this.#leases]) lease.giveBack(true);
    }, graceMs);
    await pool.end();
    clearTimeout(timer);
  }

  async #connect(limits: CallLimits): Promise<PoolClient> {
    if (this.#closed) throw this.#closedError();
    const pool = await this.#open();
    const arriving = pool.connect();
    this.#monitor?.used();
    return within(arriving, limits, this.#interruptions, {
      doing: `waiting for a connection to ${this.server}`,
      ambiguous: false,
      abandon: () => {
        arriving.then(
          (late) => late.release(),
          () => {},
        );
      },
    });
  }

  #leaseOf(client: PoolClient): Lease {
    let held = true;
    const giveBack = (broken = false): void => {
      if (!held) return;
      held = false;
      this.#leases.delete(lease);
      client.release(broken);
    };
    const lease: Lease = {
      giveBack,
      run: async <Row>(text: string, values: readonly unknown[], limits: CallLimits) => {
        const startedAtMs = performance.now();
        let failure: DatabaseError | undefined;
        try {
          if (!held) throw this.#closed ? this.#closedError() : new DatabaseError('DB_CLOSED', GIVEN_BACK);
          return await this.#send<Row>(client, text, values, limits, () => giveBack(true));
        } catch (error) {
          failure = statementFailure(error, this.server);
          throw failure;
        } finally {
          this.#countQuery(failure);
          count('db_query_seconds_total', [this.#options.pool], (performance.now() - startedAtMs) / 1_000);
        }
      },
    };
    this.#leases.add(lease);
    return lease;
  }

  async #send<Row>(
    client: PoolClient,
    text: string,
    values: readonly unknown[],
    limits: CallLimits,
    abandon: () => void,
  ): Promise<QueryResult<Row>> {
    const answer = await within(client.query(text, [...values]), limits, this.#interruptions, {
      doing: `${this.server} was at work`,
      ambiguous: true,
      abandon,
    });
    // Several statements in one text are answered by a list.
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return { rows: last.rows as Row[], rowCount: last.rowCount ?? 0, command: last.command };
  }

  #open(): Promise<Pool> {
    this.#opening ??= this.#create();
    return this.#opening;
  }

  async #create(): Promise<Pool> {
    this.#pool = await driverPool(this.#options);
    return this.#pool;
  }

  #countQuery(failure: DatabaseError | undefined): void {
    const outcome = failure === undefined ? 'ok' : failure.code.slice('DB_'.length).toLowerCase();
    count('db_queries_total', [this.#options.pool, outcome]);
  }

  #closedError(): DatabaseError {
    return new DatabaseError('DB_CLOSED', `the pool of connections to ${this.server} is closed`);
  }
}

/** Whether the server said no and is ready for the next statement. */
export function answered(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlState !== undefined && error.code !== 'DB_UNAVAILABLE';
}

/** The driver's pool, set up as ours needs it. */
import type { Pool, PoolConfig } from 'pg';
import type { ServerAddress } from './server-address.ts';

export interface DriverPoolOptions {
  readonly address: ServerAddress;
  readonly min: number;
  readonly max: number;
  readonly statementTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
}

/** Connections idle for this long are closed, down to the minimum. */
const IDLE_MS = 30_000;
/** After a failover behind one address, connections to the old server are gone by then. */
const LIFETIME_S = 1_800;
/** A transaction whose holder went astray is ended by the server, so that its locks are. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/**
 * Otherwise a server notices that a caller has gone only when it has the answer, and a statement that was given up at its deadline
 * would hold its locks until the statement timeout. PostgreSQL 14 and above know the setting; older ones go without.
 */
const NOTICE_GONE_CALLERS = "SET client_connection_check_interval = '500ms'";

/** No connection is opened before one is needed: workers that start together would all open their minimum at once. */
export async function driverPool(options: DriverPoolOptions): Promise<Pool> {
  const { address, min, max, statementTimeoutMs, connectTimeoutMs, applicationName } = options;
  // A process without a database doesn't pay for the driver.
  const pg = await import('pg');
  const config: PoolConfig = {
    ...address.client,
    min,
    max,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: Math.max(IDLE_IN_TRANSACTION_MS, statementTimeoutMs),
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_S,
    fallback_application_name: applicationName,
    keepAlive: true,
    // An app that has nothing else to do ends, as it would without a pool.
    allowExitOnIdle: true,
    onConnect: async (client) => {
      await client.query(NOTICE_GONE_CALLERS).catch(() => {});
    },
  };
  const pool = new pg.Pool(config);
  // A connection that dies while nobody uses it is replaced; the driver would end the process for want of a listener.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

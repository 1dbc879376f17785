/** One transaction: all its statements on one connection of the primary. */
import type { CallLimits } from './call-limits.ts';
import { answered, type ConnectionPool, type Lease, type QueryResult } from './connection-pool.ts';
import { DatabaseError } from './errors.ts';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface TransactionMode {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
}

/** What every round trip to the primary goes through, such as a circuit breaker. */
export type Guard = <T>(call: () => Promise<T>) => Promise<T>;

export type Run = <Row>(text: string, values: readonly unknown[]) => Promise<QueryResult<Row>>;

const ISOLATION: Readonly<Record<Isolation, string>> = {
  'read committed': 'READ COMMITTED',
  'repeatable read': 'REPEATABLE READ',
  serializable: 'SERIALIZABLE',
};

/**
 * Commits when `work` resolves, else rolls back and rejects with what `work` rejected with.
 * @throws DatabaseError; `ambiguous` when the connection was lost at the commit: it may have been done
 */
export async function inTransaction<T>(
  pool: ConnectionPool,
  mode: TransactionMode,
  limits: CallLimits,
  guard: Guard,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const lease = await leased(pool, limits, guard);
  let ended = false;
  let failed = false;
  let last: Promise<unknown> = Promise.resolve();
  // One after another, also when the caller doesn't wait: a connection does one statement at a time.
  const run = <Row>(text: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> => {
    const next = last.then(() => {
      // After the ROLLBACK it would be a transaction of its own, and stay.
      if (failed) throw endedError();
      return guard(() => lease.run<Row>(text, values, limits));
    });
    last = next.catch(() => {});
    return next;
  };
  const runWhileOpen: Run = (text, values) => {
    return ended ? Promise.reject(endedError()) : run(text, values);
  };
  let broken = true;
  try {
    await run(`BEGIN ISOLATION LEVEL ${ISOLATION[mode.isolation]} ${mode.readOnly ? 'READ ONLY' : 'READ WRITE'}`);
    const value = await work(runWhileOpen);
    ended = true;
    const { command } = await run('COMMIT');
    broken = false;
    // The server answers COMMIT so, without an error, when an earlier statement failed and `work` went on regardless.
    if (command === 'ROLLBACK') {
      throw new DatabaseError('DB_REJECTED', 'nothing was committed: a statement of the transaction had failed');
    }
    return value;
  } catch (error) {
    ended = true;
    failed = true;
    // What is under way ends first: a connection does one statement at a time.
    await last;
    // A refused COMMIT (deferred constraint, serialization) has ended the transaction; ROLLBACK then only warns.
    if (broken) broken = !(await rolledBack(lease, limits));
    throw error;
  } finally {
    lease.giveBack(broken);
  }
}

function endedError(): DatabaseError {
  return new DatabaseError('DB_CLOSED', 'the transaction has ended');
}

/** The guard may stop waiting for a connection that comes all the same: that one goes straight back. */
async function leased(pool: ConnectionPool, limits: CallLimits, guard: Guard): Promise<Lease> {
  let arriving: Promise<Lease> | undefined;
  try {
    return await guard(() => {
      arriving = pool.lease(limits);
      return arriving;
    });
  } catch (error) {
    arriving?.then(
      (lease) => lease.giveBack(),
      () => {},
    );
    throw error;
  }
}

/** Past the guard: an open circuit breaker must not keep a connection in its transaction. */
async function rolledBack(lease: Lease, limits: CallLimits): Promise<boolean> {
  try {
    await lease.run('ROLLBACK', [], { ...limits, signal: undefined });
    return true;
  } catch (error) {
    return answered(error);
  }
}

/** Indexes that are added to tables in use: built without locking out writers, and only those that are missing. */
import { DatabaseError } from './errors.ts';
import { type OneConnection, withConnection } from './one-connection.ts';
import { statementFailure } from './server-failure.ts';
import type { DatabaseSettings } from './settings.ts';

export interface IndexDefinition {
  readonly name: string;
  readonly table: string;
  /** What follows `ON table`: `(kind, at DESC)`, `USING gin (payload)` … */
  readonly definition: string;
}

export interface IndexOutcome {
  readonly name: string;
  /** `rebuilt`: it was there, but invalid, as an interrupted build leaves it. */
  readonly outcome: 'there' | 'created' | 'rebuilt';
}

const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;
/** Two builds of the same index at once would make each other fail. The number is `TGIX` in ASCII. */
const LOCK = 0x54474958;

/**
 * Creates the missing ones of these indexes, one after another, CONCURRENTLY; safe to repeat, and to run on several machines at once.
 * @throws DatabaseError DB_REJECTED when a table is missing, DB_UNAVAILABLE …
 */
export function addMissingIndexes(
  primary: DatabaseSettings['primary'],
  indexes: readonly IndexDefinition[],
): Promise<readonly IndexOutcome[]> {
  for (const { name, table } of indexes) {
    for (const identifier of [name, table]) {
      if (!IDENTIFIER.test(identifier)) {
        throw new DatabaseError('DB_REJECTED', `${JSON.stringify(identifier)} is no name; allowed are a-z, 0-9 and _`);
      }
    }
  }
  return withConnection(primary, async (connection) => {
    try {
      await locked(connection);
      const outcomes: IndexOutcome[] = [];
      for (const index of indexes) outcomes.push({ name: index.name, outcome: await addOne(connection, index) });
      return outcomes;
    } catch (error) {
      throw statementFailure(error, connection.server);
    }
  });
}

/**
 * Held until the connection ends. Asked for again and again instead of waited for: who waits holds a snapshot, for whose end
 * CREATE INDEX CONCURRENTLY waits in turn, and the server would call that a deadlock.
 */
async function locked({ client }: OneConnection): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
    if (rows[0]?.held) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function addOne({ client, server }: OneConnection, index: IndexDefinition): Promise<IndexOutcome['outcome']> {
  const { name, table, definition } = index;
  const { rows: tables } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    table,
  ]);
  if (!tables[0]?.there) {
    throw new DatabaseError('DB_REJECTED', `${server} has no table ${table}; run the migrations first`);
  }
  const { rows } = await client.query<{ valid: boolean }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)',
    [name],
  );
  const existing = rows[0];
  if (existing?.valid) return 'there';
  if (existing !== undefined) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS "${name}"`);
  await client.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS "${name}" ON "${table}" ${definition}`);
  return existing === undefined ? 'created' : 'rebuilt';
}

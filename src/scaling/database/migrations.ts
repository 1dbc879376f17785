/** Changes of the schema, in order, each once: node-pg-migrate on a folder of migrations. */
import { DatabaseError } from './errors.ts';
import { withConnection } from './one-connection.ts';
import { statementFailure } from './server-failure.ts';
import type { DatabaseSettings } from './settings.ts';

export interface MigrationOptions {
  readonly primary: DatabaseSettings['primary'];
  /** Folder of the migrations: `0001_name.sql`, `.js` … */
  readonly directory: string;
  readonly direction: 'up' | 'down';
  /** How many at most; without it all upwards, and one downwards. */
  readonly count?: number | undefined;
  /** Default: public. */
  readonly schema?: string | undefined;
}

/** Which migrations were run; in the same schema. */
const MIGRATIONS_TABLE = 'schema_migrations';
/** Hidden files, and the JSON that migrations read. */
const NO_MIGRATIONS = '(?:\\..*|.*\\.json)';

/**
 * Runs the migrations that are due, all in one transaction: all of them, or none. Machines that start at the same time wait for each other.
 * Their names, in the order they were run.
 * @throws DatabaseError
 */
export async function migrate(options: MigrationOptions): Promise<readonly string[]> {
  const { primary, directory, direction, count, schema = 'public' } = options;
  const { runner } = await import('node-pg-migrate');
  return withConnection(primary, async ({ client, server }) => {
    try {
      const done = await runner({
        dbClient: client,
        dir: directory,
        ignorePattern: NO_MIGRATIONS,
        migrationsTable: MIGRATIONS_TABLE,
        schema,
        direction,
        singleTransaction: true,
        advisoryLockMode: 'wait',
        ...(count === undefined ? {} : { count }),
        // What fails is thrown.
        logger: { info: () => {}, warn: () => {}, error: () => {} },
      });
      return done.map(({ name }) => name);
    } catch (error) {
      const { code, message, ambiguous, sqlState } = statementFailure(error, server);
      const text = code === 'DB_UNAVAILABLE' ? message : `the migrations in ${directory} can't be run: ${message}`;
      throw new DatabaseError(code, text, { cause: error, ambiguous, sqlState });
    }
  });
}

// PostgreSQL: pg_dump sees one snapshot, however long it takes and whatever is written meanwhile.
import { pipeline } from 'node:stream/promises';
import { outputOf, start } from './programs.mjs';
import { seal, unseal } from './sealed-file.mjs';

/** Everything but the system's own. */
const SCHEMAS = "FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'";
const EMPTY_DATABASE = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname ${SCHEMAS} LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
END $$;
CREATE SCHEMA public;
`;
const COUNT_TABLES = `SELECT count(*) FROM pg_class c JOIN (SELECT oid AS schema_id ${SCHEMAS}) s ON s.schema_id = c.relnamespace WHERE relkind IN ('r', 'p')`;

export async function dumpPostgres(env, file, keys) {
  const dump = start('pg_dump', ['--format=custom', '--no-owner', '--no-password'], env);
  dump.stdin.end();
  const [sealed] = await Promise.all([seal(dump.stdout, file, keys), dump.done]);
  return sealed;
}

/** How many tables there are. */
export async function tablesOf(env) {
  return Number(await outputOf('psql', ['-XAtqw', '-c', COUNT_TABLES], env));
}

/** Puts the dump in the place of all that is there, in one transaction: until it is whole, everybody sees what was. */
export async function restorePostgres(env, file, keys) {
  const script = start('pg_restore', ['--no-owner', '--file=-'], env);
  const psql = start('psql', ['-Xqw', '--single-transaction', '-v', 'ON_ERROR_STOP=1', '-f', '-'], env);
  psql.stdout.resume();
  psql.stdin.write(EMPTY_DATABASE);
  try {
    await Promise.all([
      pipeline(await unseal(file, keys), script.stdin),
      // The end of the script is the commit: it comes only when all of the dump was read.
      pipeline(script.stdout, psql.stdin, { end: false }),
      script.done,
    ]);
  } catch (error) {
    // Before its input ends, which would be the commit. One that has ended already is not touched by it.
    for (const { child } of [psql, script]) child.kill('SIGKILL');
    await Promise.allSettled([psql.done, script.done]);
    // A program that has ended by itself says more than that its input broke off.
    for (const { child, done } of [psql, script]) if (child.signalCode === null && child.exitCode !== 0) await done;
    throw error;
  }
  psql.stdin.end();
  await psql.done;
}

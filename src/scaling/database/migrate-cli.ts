/** `migrate:up [count]`, `migrate:down [count]` and `db:add-scalability-indexes`: the folder `migrations` here, on the database configured. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseError } from './errors.ts';
import { addMissingIndexes, type IndexDefinition } from './indexes.ts';
import { migrate } from './migrations.ts';
import { type DatabaseSettings, databaseSettings, type Environment } from './settings.ts';

const USAGE = 'Give one of: up [count], down [count], add-indexes.';
const DIRECTORY = 'migrations';
const INDEXES = 'scalability-indexes.json';
/** Exit codes: what was asked for can't be done; it was asked for wrongly. */
const FAILED = 1;
const MISUSED = 2;

class UsageError extends Error {}

async function run(args: readonly string[], env: Environment, directory: string): Promise<readonly string[]> {
  const [verb = '', ...rest] = args;
  if (verb === 'add-indexes' && rest.length === 0) return addIndexes(configured(env), directory);
  if (verb === 'up' || verb === 'down') return runMigrations(verb, rest, configured(env), directory);
  throw new UsageError(`${JSON.stringify(args.join(' '))} is no command. ${USAGE}`);
}

async function runMigrations(
  direction: 'up' | 'down',
  rest: readonly string[],
  { primary }: DatabaseSettings,
  directory: string,
): Promise<readonly string[]> {
  const [given] = rest;
  if (rest.length > 1 || (given !== undefined && !/^[1-9]\d{0,5}$/.test(given))) {
    throw new UsageError(`${JSON.stringify(rest.join(' '))} is no count; allowed is a whole number from 1`);
  }
  const names = await migrate({
    primary,
    directory,
    direction,
    count: given === undefined ? undefined : Number(given),
  });
  return names.length === 0 ? [`nothing to migrate ${direction}`] : names.map((name) => `${direction} ${name}`);
}

async function addIndexes({ primary }: DatabaseSettings, directory: string): Promise<readonly string[]> {
  const indexes = JSON.parse(readFileSync(path.join(directory, INDEXES), 'utf8')) as readonly IndexDefinition[];
  const outcomes = await addMissingIndexes(primary, indexes);
  return outcomes.map(({ name, outcome }) => `${outcome} ${name}`);
}

function configured(env: Environment): DatabaseSettings {
  const settings = databaseSettings(env);
  if (settings === null)
    throw new UsageError('No database is configured: set DATABASE_URL, or DB_HOST and its companions.');
  return settings;
}

try {
  const lines = await run(process.argv.slice(2), process.env, path.resolve(DIRECTORY));
  process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  const misused = error instanceof UsageError || (error instanceof DatabaseError && error.code === 'DB_BAD_SETTING');
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = misused ? MISUSED : FAILED;
}

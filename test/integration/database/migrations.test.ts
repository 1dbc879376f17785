import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  addMissingIndexes,
  DatabaseError,
  type IndexDefinition,
  migrate,
} from '../../../src/scaling/database/index.ts';
import { MIGRATIONS, scalabilityIndexes } from '../../helpers/migrations-folder.ts';
import { POSTGRES_MISSING, PostgresServer } from '../../helpers/postgres-servers.ts';
import { until } from '../../helpers/runtime.ts';

const CLI = fileURLToPath(new URL('../../../src/scaling/database/migrate-cli.js', import.meta.url));
const TABLES = '0001_tables';
const INDEXES = '0002_scalability-indexes';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line, in the folder above `migrations`. */
function command(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: path.dirname(MIGRATIONS), env: { PATH: process.env.PATH, ...env }, timeout: 20_000 };
    const child = execFile(process.execPath, [CLI, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? Number.NaN, stdout, stderr });
    });
  });
}

describe(`migrations on PostgreSQL${POSTGRES_MISSING}`, () => {
  let server: PostgresServer;
  let name: string;
  let url: string;
  let scratch: string;

  const tables = async (): Promise<readonly string[]> => {
    const rows = await server.sql<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1",
      name,
    );
    return rows.map((row) => row.name);
  };
  const indexes = async (): Promise<readonly string[]> => {
    const rows = await server.sql<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace ORDER BY 1",
      name,
    );
    return rows.map((row) => row.name).filter((index) => !index.endsWith('_pkey'));
  };
  const up = (count?: number): Promise<readonly string[]> =>
    migrate({ primary: url, directory: MIGRATIONS, direction: 'up', count });
  const down = (count?: number): Promise<readonly string[]> =>
    migrate({ primary: url, directory: MIGRATIONS, direction: 'down', count });
  const indexNames = scalabilityIndexes.map((index) => index.name).sort();

  before(async function () {
    if (POSTGRES_MISSING) this.skip();
    server = await PostgresServer.start();
  });

  after(() => server?.stop());

  beforeEach(async () => {
    name = await server.createDatabase();
    url = server.url(name);
    scratch = mkdtempSync(path.join(tmpdir(), 'tidegate-migrations-'));
  });

  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it('go up, down one by one, and up again', async () => {
    expect(await up()).to.deep.equal([TABLES, INDEXES]);
    expect(await tables()).to.deep.equal(['events', 'lease_history', 'reports', 'schema_migrations']);
    expect(await indexes()).to.deep.equal(indexNames);
    expect(await up()).to.deep.equal([]);
    expect(await down()).to.deep.equal([INDEXES]);
    expect(await indexes()).to.deep.equal([]);
    expect(await down()).to.deep.equal([TABLES]);
    expect(await tables()).to.deep.equal(['schema_migrations']);
    expect(await down()).to.deep.equal([]);
    expect(await up(1)).to.deep.equal([TABLES]);
    expect(await up()).to.deep.equal([INDEXES]);
    expect(await down(2)).to.deep.equal([INDEXES, TABLES]);
  });

  it('are run once when several machines begin at the same time', async () => {
    const runs = await Promise.all([up(), up(), up()]);
    expect(runs.sort((a, b) => b.length - a.length)).to.deep.equal([[TABLES, INDEXES], [], []]);
  });

  it('are undone together when one of them fails, with the reason', async () => {
    writeFileSync(path.join(scratch, '0001_good.sql'), 'CREATE TABLE good (id int)');
    writeFileSync(path.join(scratch, '0002_bad.sql'), 'CREATE TABLE bad (id wrong)');
    const error = await migrate({ primary: url, directory: scratch, direction: 'up' }).catch((reason) => reason);
    expect(error).to.be.instanceOf(DatabaseError);
    expect(error).to.include({ code: 'DB_REJECTED', sqlState: '42704' });
    expect(error.message).to.equal(
      `the migrations in ${scratch} can't be run: 127.0.0.1:${server.port}/${name}: type "wrong" does not exist`,
    );
    expect(await tables()).to.not.include('good');
  });

  describe('their indexes, added to tables in use', () => {
    const add = (list: readonly IndexDefinition[] = scalabilityIndexes) => addMissingIndexes(url, list);
    const outcomes = (all: Awaited<ReturnType<typeof add>>): readonly string[] => all.map(({ outcome }) => outcome);

    it('are created where they are missing, and left alone where they are not', async () => {
      await up(1);
      expect(outcomes(await add())).to.deep.equal(Array(5).fill('created'));
      expect(await indexes()).to.deep.equal(indexNames);
      expect(outcomes(await add())).to.deep.equal(Array(5).fill('there'));
      await server.sql('DROP INDEX events_at_kind', name);
      expect((await add()).filter(({ outcome }) => outcome !== 'there')).to.deep.equal([
        { name: 'events_at_kind', outcome: 'created' },
      ]);
    });

    it('are the same as those of the migration, which then finds nothing to do', async () => {
      const definitions = () =>
        server.sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1", name);
      await up(1);
      await add();
      const added = await definitions();
      expect(await up()).to.deep.equal([INDEXES]);
      expect(await definitions()).to.deep.equal(added);
      await down(1);
      await up();
      expect(await definitions()).to.deep.equal(added);
    });

    it('are built anew where a build was interrupted', async () => {
      await up();
      await server.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_at_kind'::regclass", name);
      expect((await add()).filter(({ outcome }) => outcome !== 'there')).to.deep.equal([
        { name: 'events_at_kind', outcome: 'rebuilt' },
      ]);
      expect(outcomes(await add())).to.deep.equal(Array(5).fill('there'));
    });

    it('are built once when several machines begin at the same time', async () => {
      await up(1);
      const runs = await Promise.all([add(), add(), add()]);
      expect(runs.flatMap(outcomes).filter((outcome) => outcome === 'created')).to.have.length(5);
      expect(runs.flatMap(outcomes).filter((outcome) => outcome === 'there')).to.have.length(10);
    });

    it('lock nobody out: rows are written while a build is under way', async () => {
      await up(1);
      const { Client } = await import('pg');
      const earlier = new Client({ connectionString: url });
      await earlier.connect();
      try {
        // The build waits for transactions that have written to the table before.
        await earlier.query(
          "BEGIN; INSERT INTO reports (kind, period, payload, created_at) VALUES ('k', 'p', '{}', now())",
        );
        const building = add();
        await until('it is being built', async () => {
          const active = await server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'");
          return active.length > 0;
        });
        await server.sql(
          "INSERT INTO reports (kind, period, payload, created_at) VALUES ('k', 'p', '{}', now())",
          name,
        );
        await earlier.query('COMMIT');
        expect(outcomes(await building)).to.deep.equal(Array(5).fill('created'));
      } finally {
        await earlier.end();
      }
    });

    it('need their tables, and names that are names', async () => {
      const error = await add().catch((reason) => reason);
      expect([error.code, error.message]).to.deep.equal([
        'DB_REJECTED',
        `127.0.0.1:${server.port}/${name} has no table reports; run the migrations first`,
      ]);
      expect(() => add([{ name: 'a"; DROP TABLE x; --', table: 'reports', definition: '(id)' }])).to.throw(
        DatabaseError,
        'is no name',
      );
    });
  });

  describe('from the command line', () => {
    it('tell what they did, line by line', async () => {
      const env = { DATABASE_URL: url };
      expect(await command(env, 'up')).to.deep.equal({ code: 0, stdout: `up ${TABLES}\nup ${INDEXES}\n`, stderr: '' });
      expect(await command(env, 'up')).to.deep.equal({ code: 0, stdout: 'nothing to migrate up\n', stderr: '' });
      expect(await command(env, 'down')).to.deep.equal({ code: 0, stdout: `down ${INDEXES}\n`, stderr: '' });
      const added = await command(env, 'add-indexes');
      expect(added.stdout.split('\n').filter((line) => line.startsWith('created '))).to.have.length(5);
      const again = await command(env, 'add-indexes');
      expect([again.code, again.stdout.match(/^there /gm)?.length]).to.deep.equal([0, 5]);
    });

    it('say in a line what is missing or wrong, and exit with 2', async () => {
      expect(await command({}, 'up')).to.deep.equal({
        code: 2,
        stdout: '',
        stderr: 'No database is configured: set DATABASE_URL, or DB_HOST and its companions.\n',
      });
      expect((await command({ DATABASE_URL: url }, 'sideways')).stderr).to.equal(
        '"sideways" is no command. Give one of: up [count], down [count], add-indexes.\n',
      );
      const { code, stderr } = await command({ DATABASE_URL: url }, 'down', 'all');
      expect([code, stderr]).to.deep.equal([2, '"all" is no count; allowed is a whole number from 1\n']);
      const bad = await command({ DATABASE_URL: 'mysql://app:hunter2@db/shop' }, 'up');
      expect(bad.code).to.equal(2);
      expect(bad.stderr).to.include('DATABASE_URL has the scheme "mysql"').and.not.include('hunter2');
    });

    it('say in a line that the server can’t be reached, and exit with 1', async () => {
      const outcome = await command({ DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/shop' }, 'up');
      expect(outcome).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: "127.0.0.1:1/shop can't be reached: connect ECONNREFUSED 127.0.0.1:1\n",
      });
    });
  });
});

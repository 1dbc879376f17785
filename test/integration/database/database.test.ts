import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import {
  createDatabase,
  type Database,
  DatabaseError,
  type DatabaseErrorCode,
  type DatabaseOptions,
  type PoolAlert,
} from '../../../src/scaling/database/index.ts';
import { readMeters } from '../../../src/scaling/state/meters.ts';
import { projectRoot } from '../../helpers/migrations-folder.ts';
import { POSTGRES_MISSING, PostgresServer } from '../../helpers/postgres-servers.ts';
import { until } from '../../helpers/runtime.ts';

const MODULE = fileURLToPath(new URL('../../../src/scaling/database/index.js', import.meta.url));

async function failureOf(work: Promise<unknown>): Promise<DatabaseError> {
  const error = await work.then(
    () => 'no failure',
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(DatabaseError);
  return error as DatabaseError;
}

async function codeOf(work: Promise<unknown>): Promise<DatabaseErrorCode> {
  return (await failureOf(work)).code;
}

describe(`a database on PostgreSQL${POSTGRES_MISSING}`, () => {
  let server: PostgresServer;
  let database: Database;
  const opened: Database[] = [];

  const open = (options: Partial<DatabaseOptions> = {}): Database => {
    const created = createDatabase({ primary: server.url(), poolMin: 0, poolMax: 4, ...options });
    opened.push(created);
    return created;
  };

  /** A transaction that keeps its connection until it is told to end. */
  const hold = (of: Database): { readonly end: () => void; readonly ended: Promise<void> } => {
    let end = (): void => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    return { end, ended: of.transaction(() => held, { timeoutMs: 20_000 }) };
  };

  before(async function () {
    if (POSTGRES_MISSING) this.skip();
    server = await PostgresServer.start();
    await server.sql('CREATE TABLE things (id int PRIMARY KEY, name text UNIQUE, extra jsonb)');
  });

  after(() => server?.stop());

  beforeEach(async () => {
    await server.sql('TRUNCATE things');
    database = open();
  });

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('runs statements with values, and tells the rows and how many there were', async () => {
    const inserted = await database.query("INSERT INTO things VALUES (1, $1, $2), (2, 'b', NULL)", [
      'a',
      { deep: [1] },
    ]);
    expect(inserted).to.deep.equal({ rows: [], rowCount: 2, command: 'INSERT' });
    const { rows } = await database.read<{ id: number }>('SELECT id, extra FROM things WHERE name = ANY($1)', [
      ['a', 'z'],
    ]);
    expect(rows).to.deep.equal([{ id: 1, extra: { deep: [1] } }]);
    expect(await database.ping()).to.be.greaterThan(0);
  });

  it('says which constraint was violated, without the values', async () => {
    await database.query("INSERT INTO things VALUES (1, 'hunter2')");
    const failure = await failureOf(database.query("INSERT INTO things VALUES (2, 'hunter2')"));
    expect(failure).to.include({
      code: 'DB_CONSTRAINT',
      constraint: 'things_name_key',
      sqlState: '23505',
      ambiguous: false,
    });
    expect(failure.message).not.to.include('hunter2');
    expect(await codeOf(database.query('SELEKT'))).to.equal('DB_REJECTED');
    expect(await codeOf(database.query('SELECT $1::int', ['x']))).to.equal('DB_REJECTED');
  });

  it('lets the server end a statement that runs too long, and keeps its connection', async () => {
    const limited = open({ statementTimeoutMs: 50, poolMax: 1 });
    const { rows: before } = await limited.query('SELECT pg_backend_pid() AS pid');
    const failure = await failureOf(limited.query('SELECT pg_sleep(30)'));
    expect(failure).to.include({ code: 'DB_TIMEOUT', sqlState: '57014', ambiguous: false });
    expect((await limited.query('SELECT pg_backend_pid() AS pid')).rows).to.deep.equal(before);
  });

  it('does not wait beyond the deadline or the signal of a call, and gives its connection up', async () => {
    const one = open({ poolMax: 1 });
    const late = await failureOf(one.query('SELECT pg_sleep(30)', [], { timeoutMs: 50 }));
    expect(late).to.include({ code: 'DB_TIMEOUT', ambiguous: true });
    const controller = new AbortController();
    const aborted = codeOf(one.query('SELECT pg_sleep(30)', [], { signal: controller.signal }));
    await until('the query runs', async () => {
      const [row] = await server.sql("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'");
      return row !== undefined;
    });
    controller.abort();
    expect(await aborted).to.equal('DB_ABORTED');
    expect((await one.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    await until('the server has noticed', async () => {
      const running = await server.sql(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'",
      );
      return running.length === 0;
    });
  });

  it('says that all connections are busy, and forgets a caller that has stopped waiting', async () => {
    const small = open({ poolMax: 1, connectTimeoutMs: 100 });
    const holder = hold(small);
    await until('it is held', () => small.poolStatus()[0]?.used === 1);
    expect(await codeOf(small.query('SELECT 1'))).to.equal('DB_POOL_EXHAUSTED');
    expect(await codeOf(small.query('SELECT 1', [], { timeoutMs: 20 }))).to.equal('DB_TIMEOUT');
    holder.end();
    await holder.ended;
    expect((await small.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('says that a server is away or refuses, by its address and without the password', async () => {
    const nowhere = open({ primary: 'postgres://app:hunter2@127.0.0.1:1/shop' });
    const away = await failureOf(nowhere.query('SELECT 1'));
    expect([away.code, away.message]).to.deep.equal([
      'DB_UNAVAILABLE',
      "127.0.0.1:1/shop can't be reached: connect ECONNREFUSED 127.0.0.1:1",
    ]);
    const parts = { host: '127.0.0.1', port: server.port, name: 'postgres', user: 'nobody', password: 'hunter2' };
    const refused = await failureOf(open({ primary: parts }).query('SELECT 1'));
    expect(refused).to.include({ code: 'DB_UNAVAILABLE', sqlState: '28000', ambiguous: false });
    expect(refused.message).to.equal(
      `127.0.0.1:${server.port}/postgres can't be reached: role "nobody" does not exist`,
    );
  });

  it('opens no more connections than its maximum, and serves all callers', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => database.query('SELECT pg_backend_pid() AS pid')),
    );
    const pids = new Set(answers.map(({ rows }) => rows[0]?.pid));
    expect(answers).to.have.length(40);
    expect(pids.size).to.be.within(1, 4);
    expect(database.poolStatus()[0]).to.deep.include({ pool: 'primary', max: 4, used: 0, waiting: 0, level: 'ok' });
  });

  it('tells of pressure on the pool at 80 % and 95 %, of callers that wait, and when it is over', async () => {
    const alerts: PoolAlert[] = [];
    const busy = open({ poolMax: 20, sampleMs: 10, onPoolAlert: (alert) => alerts.push(alert) });
    const holders: ReturnType<typeof hold>[] = [];
    const holdUntil = async (count: number): Promise<void> => {
      while (holders.length < count) holders.push(hold(busy));
      await until(
        `${count} held`,
        () => busy.poolStatus()[0]?.idle === 0 && busy.poolStatus()[0]?.used === Math.min(20, count),
      );
    };
    const told = (): unknown[] =>
      alerts.map(({ change, level, used, max, waiting }) => [change, level, used, max, waiting]);

    await holdUntil(15);
    await holdUntil(16);
    await until('a warning', () => alerts.length === 1);
    expect(busy.status().pools[0]).to.deep.include({ used: 16, utilization: 0.8, level: 'warning' });
    await holdUntil(18);
    await holdUntil(19);
    await until('it is critical', () => alerts.length === 2);
    await holdUntil(23);
    await until('callers wait', () => alerts.length === 3);
    expect(told()).to.deep.equal([
      ['level', 'warning', 16, 20, 0],
      ['level', 'critical', 19, 20, 0],
      ['waiting', 'critical', 20, 20, 3],
    ]);
    expect(alerts.map(({ message }) => message)).to.deep.equal([
      '16 of 20 connections of the pool primary are in use (warning)',
      '19 of 20 connections of the pool primary are in use (critical)',
      '20 of 20 connections of the pool primary are in use; 3 callers wait for one',
    ]);
    expect(readMeters())
      .to.deep.include(['db_pool_used\tprimary', 20])
      .and.to.deep.include(['db_pool_waiting\tprimary', 3]);

    for (const { end } of holders) end();
    await Promise.all(holders.map(({ ended }) => ended));
    const lastOf = (change: PoolAlert['change']): PoolAlert | undefined =>
      alerts.findLast((each) => each.change === change);
    await until('it is over', () => lastOf('level')?.level === 'ok' && lastOf('waiting')?.waiting === 0);
    // Connections come back one by one: it may have been a warning again on the way, but nothing worse, and each only once.
    expect(alerts.length).to.be.within(5, 6);
    expect(lastOf('waiting')?.message).to.match(/nobody waits any more$/);
    await until('the pool is at rest', () =>
      readMeters().some(([key, value]) => key === 'db_pool_used\tprimary' && value === 0),
    );
  });

  it('counts its queries by outcome', async () => {
    const figure = (outcome: string): number =>
      readMeters().find(([key]) => key === `db_queries_total\tprimary\t${outcome}`)?.[1] ?? 0;
    const before = [figure('ok'), figure('rejected')] as const;
    await database.query('SELECT 1');
    await codeOf(database.query('SELEKT'));
    expect([figure('ok') - before[0], figure('rejected') - before[1]]).to.deep.equal([1, 1]);
    const seconds = readMeters().find(([key]) => key === 'db_query_seconds_total\tprimary')?.[1];
    expect(seconds).to.be.greaterThan(0);
  });

  it('outlives its server: idle connections that die harm nobody, and it works again when the server does', async () => {
    const other = await PostgresServer.start();
    try {
      const lasting = open({ primary: other.url() });
      await Promise.all([lasting.ping(), lasting.ping(), lasting.ping()]);
      const cut = failureOf(lasting.query('SELECT pg_sleep(30)'));
      await until('it runs', () => lasting.poolStatus()[0]?.used === 1);
      await other.kill();
      expect(await cut).to.include({ code: 'DB_UNAVAILABLE', ambiguous: true });
      expect(await failureOf(lasting.query('SELECT 1'))).to.include({ code: 'DB_UNAVAILABLE', ambiguous: false });
      await other.restart();
      expect((await lasting.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    } finally {
      await other.stop();
    }
  });

  it('speaks TLS with a server it trusts, and with no other', async () => {
    const [certificate, key] = ['cert.pem', 'key.pem'].map((file) => path.join(projectRoot(), 'test/apps/tls', file));
    const secure = await PostgresServer.startWithTls(certificate as string, key as string);
    try {
      const trusting = open({ primary: `${secure.url()}?sslmode=verify-full&sslrootcert=${certificate}` });
      const { rows } = await trusting.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(rows).to.deep.equal([{ ssl: true }]);
      const wary = await failureOf(open({ primary: `${secure.url()}?sslmode=verify-full` }).query('SELECT 1'));
      expect([wary.code, wary.message]).to.deep.equal([
        'DB_UNAVAILABLE',
        `127.0.0.1:${secure.port}/postgres can't be reached: self-signed certificate`,
      ]);
      const lost = open({ primary: `${secure.url()}?sslmode=verify-full&sslrootcert=/no/such/file` });
      expect(await codeOf(lost.query('SELECT 1'))).to.equal('DB_UNAVAILABLE');
    } finally {
      await secure.stop();
    }
  });

  it('shows its guard the failures of the server, not those of the caller, and rejects as the guard does', async () => {
    const seen: string[] = [];
    let open_ = false;
    const guarded = open({
      statementTimeoutMs: 50,
      guard: async (call) => {
        if (open_) throw Object.assign(new Error('open'), { code: 'CIRCUIT_OPEN' });
        try {
          const value = await call();
          seen.push('ok');
          return value;
        } catch (error) {
          seen.push((error as DatabaseError).code);
          throw error;
        }
      },
    });
    expect(await codeOf(guarded.query('SELEKT'))).to.equal('DB_REJECTED');
    expect(await codeOf(guarded.query('SELECT pg_sleep(30)'))).to.equal('DB_TIMEOUT');
    await guarded.query('SELECT 1');
    expect(seen).to.deep.equal(['ok', 'DB_TIMEOUT', 'ok']);
    const rejected = guarded.transaction(async () => {
      open_ = true;
    });
    expect(await rejected.catch(({ code }) => code)).to.equal('CIRCUIT_OPEN');
    open_ = false;
    await until('the connection is back', () => guarded.poolStatus()[0]?.used === 0);
    expect((await guarded.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
  });

  it('loses no connection when its guard stops waiting for one that comes all the same', async () => {
    let impatient = false;
    const guarded = open({
      poolMax: 1,
      guard: (call) => (impatient ? Promise.race([call(), Promise.reject(new Error('too slow'))]) : call()),
    });
    await guarded.query('SELECT 1');
    impatient = true;
    const error = await guarded.transaction(async () => 'never').catch((reason: Error) => reason.message);
    expect(error).to.equal('too slow');
    impatient = false;
    expect((await guarded.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);
    expect(guarded.poolStatus()[0]).to.include({ total: 1, used: 0 });
  });

  it('rejects options that can’t be, as it does all else', async () => {
    const outcomes = [
      database.query('SELECT 1', [], { timeoutMs: 0 }),
      database.read('SELECT 1', [], { timeoutMs: -1 }),
      database.transaction(async () => {}, { timeoutMs: Number.NaN }),
    ].map((work) => work.catch((error: unknown) => (error as Error).name));
    expect(await Promise.all(outcomes)).to.deep.equal(['RangeError', 'RangeError', 'RangeError']);
  });

  it('takes no calls after it was closed, waits for those under way, and ends those that take too long', async () => {
    const ending = open();
    const quick = ending.query('SELECT pg_sleep(0.05)');
    const slow = codeOf(ending.query('SELECT pg_sleep(30)'));
    await until('both run', () => ending.poolStatus()[0]?.used === 2);
    const closed = ending.close(1_000);
    expect(await codeOf(ending.query('SELECT 1'))).to.equal('DB_CLOSED');
    expect((await quick).rowCount).to.equal(1);
    expect(await slow).to.equal('DB_CLOSED');
    await closed;
    await ending.close();
  });

  it('ends transactions that go nowhere when it is closed', async () => {
    const ending = open();
    const holder = hold(ending);
    const work = codeOf(holder.ended);
    await until('it is held', () => ending.poolStatus()[0]?.used === 1);
    await ending.close(20);
    holder.end();
    expect(await work).to.equal('DB_CLOSED');
  });

  it('does not keep a process alive that has nothing else to do', async () => {
    const script = `
      const { createDatabase } = await import(${JSON.stringify(MODULE)});
      const database = createDatabase({ primary: ${JSON.stringify(server.url())}, replicaUrls: [${JSON.stringify(server.url())}] });
      const { rows } = await database.read('SELECT 42 AS answer');
      await database.checkReplicas();
      console.log(rows[0].answer);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 9_000,
    });
    expect(stdout).to.equal('42\n');
  });

  it('is not loaded, driver and all, by those who do not use it', async () => {
    const script = `
      await import(${JSON.stringify(MODULE)});
      const { createRequire } = await import('node:module');
      const cache = Object.keys(createRequire(import.meta.url).cache);
      console.log(cache.filter((file) => /node_modules.(pg|node-pg-migrate)./.test(file)).length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 9_000,
    });
    expect(stdout).to.equal('0\n');
  });

  describe('in a transaction', () => {
    const count = async (): Promise<number> => {
      const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM things');
      return rows[0]?.count ?? Number.NaN;
    };

    it('commits all when the work is done, which reads what it wrote', async () => {
      const value = await database.transaction(async ({ query, read }) => {
        await query("INSERT INTO things VALUES (1, 'a')");
        expect(await count()).to.equal(0);
        return (await read('SELECT name FROM things')).rows;
      });
      expect(value).to.deep.equal([{ name: 'a' }]);
      expect(await count()).to.equal(1);
    });

    it('rolls all back when the work fails, and rejects with its error', async () => {
      const failure = new Error('changed my mind');
      const error = await database
        .transaction(async ({ query }) => {
          await query("INSERT INTO things VALUES (1, 'a')");
          throw failure;
        })
        .catch((reason: unknown) => reason);
      expect(error).to.equal(failure);
      expect(await count()).to.equal(0);
      expect(database.poolStatus()[0]).to.include({ used: 0, idle: 1 });
    });

    it('does not pretend to have committed what a failed statement undid', async () => {
      const pretending = database.transaction(async ({ query }) => {
        await query("INSERT INTO things VALUES (1, 'a')");
        await query('SELEKT').catch(() => 'never mind');
      });
      const failure = await failureOf(pretending);
      expect([failure.code, failure.message]).to.deep.equal([
        'DB_REJECTED',
        'nothing was committed: a statement of the transaction had failed',
      ]);
      expect(await count()).to.equal(0);
    });

    it('runs statements one after another, in the order they were asked for, also when nobody waits', async () => {
      await database.transaction(async ({ query }) => {
        await Promise.all([
          query("INSERT INTO things VALUES (1, 'a')"),
          query("UPDATE things SET name = name || 'b'"),
          query("UPDATE things SET name = name || 'c'"),
        ]);
        void query("UPDATE things SET name = name || 'd'");
      });
      expect((await database.query('SELECT name FROM things')).rows).to.deep.equal([{ name: 'abcd' }]);
    });

    it('sends none of its statements after the rollback, though they were asked for before', async () => {
      const work = database.transaction(({ query }) =>
        Promise.all([
          query('INSERT INTO things VALUES (1)'),
          query('no statement'),
          query('INSERT INTO things VALUES (2)'),
          query('INSERT INTO things VALUES (3)'),
          query('INSERT INTO things VALUES (4)'),
        ]),
      );
      expect(await codeOf(work)).to.equal('DB_REJECTED');
      // The same connection: what was sent on it before has been done.
      expect((await database.query('SELECT id FROM things')).rows).to.deep.equal([]);
    });

    it('has no effect any more once it has ended', async () => {
      const query = await database.transaction(async (transaction) => transaction.query);
      expect(await codeOf(query('SELECT 1'))).to.equal('DB_CLOSED');
    });

    it('is isolated as asked, and a conflict says that the same again may work', async () => {
      await database.query("INSERT INTO things VALUES (1, 'a')");
      const increment = (): Promise<void> =>
        database.transaction(
          async ({ query }) => {
            const { rows } = await query<{ name: string }>('SELECT name FROM things WHERE id = 1');
            await query('SELECT pg_sleep(0.05)');
            await query('UPDATE things SET name = $1 WHERE id = 1', [`${rows[0]?.name}x`]);
          },
          { isolation: 'serializable' },
        );
      const outcomes = await Promise.allSettled([increment(), increment()]);
      const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
      expect(failed.map(({ code }) => code)).to.deep.equal(['DB_CONFLICT']);
      const writing = database.transaction(({ query }) => query('DELETE FROM things'), { readOnly: true });
      expect(await codeOf(writing)).to.equal('DB_READ_ONLY');
    });

    it('ends at its deadline with all it has done undone, and its connection closed', async () => {
      const slow = database.transaction(
        async ({ query }) => {
          await query("INSERT INTO things VALUES (1, 'a')");
          await query('SELECT pg_sleep(30)');
        },
        { timeoutMs: 100 },
      );
      expect(await codeOf(slow)).to.equal('DB_TIMEOUT');
      await until('its connection is gone', () => database.poolStatus()[0]?.total === 0);
      expect(await count()).to.equal(0);
    });

    it('fails when its connection is lost', async () => {
      const lost = database.transaction(async ({ query }) => {
        const { rows } = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await query("INSERT INTO things VALUES (1, 'a')");
        await server.sql(`SELECT pg_terminate_backend(${rows[0]?.pid})`);
        await query('SELECT 1');
      });
      expect(await codeOf(lost)).to.equal('DB_UNAVAILABLE');
      expect(await count()).to.equal(0);
    });
  });
});

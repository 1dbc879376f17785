import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Cluster } from 'ioredis';
import { POSTGRES_MISSING, PostgresServer } from '../helpers/postgres-servers.ts';
import { type RedisCluster, redisAvailable, startRedisCluster } from '../helpers/redis-servers.ts';
import { ROOT, until } from '../helpers/runtime.ts';

const KEY = 'a passphrase for this test only';
const missing = POSTGRES_MISSING || (redisAvailable() ? '' : ' (skipped: redis-server is not installed)');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe(`Backups of PostgreSQL and Redis${missing}`, function () {
  this.timeout(60_000);
  let postgres: PostgresServer;
  let redis: RedisCluster;
  let client: Cluster;
  let database = '';
  let env: NodeJS.ProcessEnv;
  let directory = '';

  const script = (name: string, args: readonly string[] = [], extra: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      const options = { env: { ...env, ...extra } };
      execFile(
        process.execPath,
        [path.join(ROOT, 'scripts/backup', name), ...args],
        options,
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        },
      );
    });
  const backup = async (): Promise<string> => {
    const { code, stdout, stderr } = await script('backup.mjs');
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout).name;
  };
  /** A checksum of everything: rows, and keys with their values; TTLs run on, and are looked at by the tests themselves. */
  const rowsSum = async (): Promise<unknown> =>
    postgres.sql(
      "SELECT count(*), md5(string_agg(id || ':' || balance, ',' ORDER BY id)) AS sum FROM accounts",
      database,
    );
  const keysOf = async (): Promise<Record<string, string>> => {
    const all: Record<string, string> = {};
    for (const node of client.nodes('master'))
      for (const key of await node.keys('*')) all[key] = (await node.dumpBuffer(key)).toString('base64');
    return Object.fromEntries(Object.entries(all).sort());
  };
  const destroy = async (): Promise<void> => {
    await postgres.sql('DROP TABLE accounts CASCADE', database);
    await postgres.sql('CREATE TABLE intruder (id int)', database);
    await Promise.all(client.nodes('master').map((node) => node.flushall()));
    await client.set('intruder', '1');
  };

  before(async function () {
    if (missing !== '') return this.skip();
    [postgres, redis] = await Promise.all([PostgresServer.start(), startRedisCluster({ password: 'secret' })]);
    client = new Cluster([...redis.nodes], { redisOptions: { password: 'secret' } });
    database = await postgres.createDatabase();
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-backups-'));
    env = {
      ...process.env,
      PATH: `${postgresPath()}:${process.env.PATH}`,
      BACKUP_DIRECTORY: directory,
      BACKUP_KEY: KEY,
      PGHOST: '127.0.0.1',
      PGPORT: String(postgres.port),
      PGUSER: 'postgres',
      PGDATABASE: database,
      REDIS_CLUSTER_NODES: redis.nodes.map(({ host, port }) => `${host}:${port}`).join(','),
      REDIS_PASSWORD: 'secret',
    };
    await postgres.sql('CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL)', database);
    await postgres.sql('INSERT INTO accounts SELECT id, 100 FROM generate_series(1, 1000) id', database);
    await postgres.sql('CREATE INDEX by_balance ON accounts (balance)', database);
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.set(`key:${index}`, `value ${index}`)));
    await client.hset('hash', { one: '1', two: 'zwei' });
    await client.zadd('ranking', 1, 'a', 2, 'b');
    await client.set('bytes', Buffer.from([0, 255, 10, 13, 0]));
    await client.set('expires', 'in an hour', 'EX', 3_600);
  });

  after(async () => {
    client?.disconnect();
    await Promise.all([postgres?.stop(), redis?.stop()]);
    if (directory !== '') rmSync(directory, { recursive: true });
  });

  it('gives back the same data after everything was destroyed', async () => {
    const [rows, keys] = [await rowsSum(), await keysOf()];
    const name = await backup();
    await destroy();
    const refused = await script('restore.mjs', [name]);
    expect(refused).to.include({ code: 1, stdout: '' });
    expect(refused.stderr).to.equal('there are 1 tables and 1 keys, which a restore replaces; --overwrite allows it\n');
    const restored = await script('restore.mjs', [name, '--overwrite']);
    expect(restored.code, restored.stderr).to.equal(0);
    expect(JSON.parse(restored.stdout)).to.deep.equal({ name, postgres: true, restoredKeys: Object.keys(keys).length });
    expect(await rowsSum()).to.deep.equal(rows);
    expect(await keysOf()).to.deep.equal(keys);
    expect(await client.ttl('expires')).to.be.within(3_500, 3_600);
    expect(
      await postgres.sql(
        "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 2",
        database,
      ),
    ).to.deep.equal([
      { tablename: 'accounts', indexname: 'accounts_pkey' },
      { tablename: 'accounts', indexname: 'by_balance' },
    ]);
    expect(await postgres.sql("SELECT to_regclass('intruder') AS it", database)).to.deep.equal([{ it: null }]);
  });

  it('is of one moment of each server, however much is written meanwhile', async () => {
    let stopped = false;
    let written = 0;
    const writer = (async () => {
      while (!stopped) {
        // Money moves, and none is made; both keys change at once, and are of one slot.
        await postgres.sql(
          'UPDATE accounts SET balance = balance + CASE id WHEN 1 THEN 1 ELSE -1 END WHERE id IN (1, 2)',
          database,
        );
        await client.multi().incr('{pair}left').incr('{pair}right').exec();
        written += 1;
      }
    })();
    await until('something was written', () => written > 20);
    const name = await backup();
    const writtenAtEnd = written;
    await until('more was written', () => written > writtenAtEnd + 20);
    stopped = true;
    await writer;
    const restored = await script('restore.mjs', [name, '--overwrite']);
    expect(restored.code, restored.stderr).to.equal(0);
    const [sums] = await postgres.sql<{ total: string; moved: number }>(
      'SELECT sum(balance) AS total, max(balance) - 100 AS moved FROM accounts',
      database,
    );
    expect(sums?.total).to.equal('100000');
    expect(sums?.moved).to.be.within(20, writtenAtEnd + 1);
    const [left, right] = await client.mget('{pair}left', '{pair}right');
    expect(left).to.equal(right);
    expect(Number(left)).to.be.within(20, writtenAtEnd + 1);
  });

  it('holds nothing that can be read without the key', async () => {
    const name = await backup();
    for (const file of readdirSync(path.join(directory, name))) {
      const content = readFileSync(path.join(directory, name, file));
      for (const telltale of ['accounts', 'value 1', 'PGDMP', 'REDIS0'])
        expect(content.includes(telltale), file).to.equal(false);
    }
    const other = await script('backup.mjs', ['--verify'], { BACKUP_KEY: 'another passphrase, long' });
    expect(other.code).to.equal(1);
    expect(other.stderr).to.contain('BACKUP_KEY is not the one it was made with');
  });

  it('touches nothing when a byte of the backup has changed', async () => {
    const name = await backup();
    const file = path.join(directory, name, 'postgres.dump.sealed');
    const content = readFileSync(file);
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, content);
    const rows = await rowsSum();
    const { code, stderr } = await script('restore.mjs', [name, '--overwrite']);
    expect(code).to.equal(1);
    expect(stderr).to.contain('postgres.dump.sealed is not what was written');
    expect(await rowsSum()).to.deep.equal(rows);
    rmSync(path.join(directory, name), { recursive: true });
  });

  it('removes backups past their time, and never the newest', async () => {
    const before = JSON.parse((await script('backup.mjs', ['--list'])).stdout);
    expect(before).to.have.length.above(1);
    await until('the last of them is a second old', () => Date.now() - timeOf(before.at(-1)) > 1_000);
    const { stdout } = await script('backup.mjs', [], { BACKUP_KEEP: '1s' });
    const { name, removed } = JSON.parse(stdout);
    expect(removed).to.deep.equal(before);
    expect(JSON.parse((await script('backup.mjs', ['--list'])).stdout)).to.deep.equal([name]);
  });

  it('makes them on a schedule, counted from the newest', async () => {
    rmSync(directory, { recursive: true });
    const child = spawn(process.execPath, [path.join(ROOT, 'scripts/backup/schedule.mjs')], {
      env: { ...env, BACKUP_EVERY: '2s' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      const list = (): string[] =>
        existsSync(directory)
          ? readdirSync(directory)
              .filter((name) => !name.startsWith('.'))
              .sort()
          : [];
      await until('two backups', () => list().length >= 2, 20_000);
      const [first = '', second = ''] = list();
      expect(timeOf(second) - timeOf(first)).to.be.at.least(2_000);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).to.deep.equal([0, null]);
  });

  it('says in one line what is wrong with its settings', async () => {
    const { code, stdout, stderr } = await script('backup.mjs', [], { BACKUP_KEY: 'short' });
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^BACKUP_KEY has 5 characters; give 16 or more[^\n]*\n$/);
  });
});

function timeOf(name: string): number {
  return Date.parse(name.replace(/T(\d\d)-(\d\d)-(\d\d)-(\d{3})Z$/, 'T$1:$2:$3.$4Z'));
}

/** Debian keeps pg_dump off the PATH, behind a wrapper of its own. */
function postgresPath(): string {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  return versions.map((version) => `/usr/lib/postgresql/${version}/bin`).join(':');
}

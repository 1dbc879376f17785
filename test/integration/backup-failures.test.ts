import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { ROOT } from '../helpers/runtime.ts';

const DAY_MS = 86_400_000;
const NODE = { host: '127.0.0.1', port: 7000 };

interface Keys {
  readonly files: Buffer;
  readonly manifest: Buffer;
}
interface Settings {
  readonly directory: string;
  readonly keepMs: number;
}
interface RedisSettings {
  readonly nodes: readonly (typeof NODE)[];
  readonly cluster: boolean;
  readonly password: string;
}
interface Scripts {
  readonly newestOf: (directory: string, nowMs: number) => string | undefined;
  readonly prune: (settings: Settings, nowMs: number) => readonly string[];
  readonly restorePostgres: (env: NodeJS.ProcessEnv, file: string, keys: Keys) => Promise<void>;
  readonly keyCountOf: (settings: RedisSettings) => Promise<number>;
  readonly mastersOf: (settings: RedisSettings) => Promise<readonly (typeof NODE)[]>;
  readonly restoreRedis: (settings: RedisSettings, files: readonly string[], keys: Keys) => Promise<number>;
  readonly keysOf: (passphrase: string, salt: string) => Keys;
  readonly newSalt: () => string;
  readonly seal: (source: Readable, file: string, keys: Keys) => Promise<unknown>;
  readonly readSettings: (env: NodeJS.ProcessEnv) => { readonly postgres: NodeJS.ProcessEnv | null };
}

describe('Backups, when things go wrong', () => {
  let scripts: Scripts;
  let directory: string;
  let programs: string;
  let usualPath: string | undefined;

  before(async () => {
    const files = ['archive', 'postgres', 'redis', 'sealed-file', 'settings'];
    const modules = await Promise.all(
      files.map((file) => import(pathToFileURL(path.join(ROOT, `scripts/backup/${file}.mjs`)).href)),
    );
    scripts = Object.assign({}, ...modules);
  });

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-backups-'));
    programs = path.join(directory, 'programs');
    mkdirSync(programs);
    usualPath = process.env.PATH;
  });

  afterEach(() => {
    process.env.PATH = usualPath;
    rmSync(directory, { recursive: true });
  });

  /** A program of that name, which is all that the scripts find beside the shell’s own. */
  function program(name: string, script: string): void {
    const file = path.join(programs, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    process.env.PATH = `${programs}:/bin`;
  }

  async function failureOf(work: Promise<unknown>): Promise<{ readonly code?: string; readonly message: string }> {
    const failure = await work.then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure).to.be.instanceOf(Error);
    return failure as Error;
  }

  const redis = (cluster: boolean): RedisSettings => ({ nodes: [NODE], cluster, password: '' });

  it('takes no backup of the future, made by a clock that was wrong, for the newest', () => {
    for (const name of ['2026-01-01T00-00-00-000Z', '2026-01-02T00-00-00-000Z', '2027-01-01T00-00-00-000Z'])
      mkdirSync(path.join(directory, name));
    const nowMs = Date.parse('2026-01-12T00:00:00Z');
    expect(scripts.newestOf(directory, nowMs)).to.equal('2026-01-02T00-00-00-000Z');
    expect(scripts.prune({ directory, keepMs: 7 * DAY_MS }, nowMs)).to.deep.equal(['2026-01-01T00-00-00-000Z']);
    expect(scripts.newestOf(path.join(directory, 'none'), nowMs)).to.equal(undefined);
  });

  it('does not call itself well for a backup of the future', async () => {
    mkdirSync(path.join(directory, '2999-01-01T00-00-00-000Z'));
    const env = {
      BACKUP_DIRECTORY: directory,
      BACKUP_KEY: 'a passphrase for this test only',
      REDIS_HOST: '127.0.0.1',
    };
    const check = path.join(ROOT, 'scripts/backup/backup.mjs');
    const stderr = await new Promise<string>((resolve) => {
      execFile(process.execPath, [check, '--check'], { env }, (_error, _stdout, text) => resolve(text));
    });
    expect(stderr).to.equal(`there is no backup in ${directory}\n`);
  });

  it('removes what a run that was killed has left, and nothing that is under way', () => {
    const nowMs = Date.parse('2026-01-12T00:00:00Z');
    const names = ['.partial-2026-01-10T23-00-00-000Z', '.partial-2026-01-11T12-00-00-000Z', '.partial-of-mine'];
    for (const name of names) {
      mkdirSync(path.join(directory, name));
      writeFileSync(path.join(directory, name, 'postgres.dump.sealed'), 'half');
    }
    scripts.prune({ directory, keepMs: 7 * DAY_MS }, nowMs);
    expect(readdirSync(directory).filter((name) => name.startsWith('.partial'))).to.deep.equal(names.slice(1));
  });

  it('is not made of a cluster in which slots have no living master', async () => {
    const nodes = [
      'a 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 5462',
      'b 127.0.0.1:7001@17001 master,fail - 0 0 2 connected 5461-10922',
      'c 127.0.0.1:7002@17002 master - 0 0 3 connected 10923-16383',
    ];
    program('redis-cli', `cat <<'NODES'\n${nodes.join('\n')}\nNODES`);
    const { code, message } = await failureOf(scripts.mastersOf(redis(true)));
    expect(code).to.equal('REDIS_UNREACHABLE');
    expect(message).to.equal('127.0.0.1:7000 knows living masters of 10923 slots of 16384');
    program(
      'redis-cli',
      `cat <<'NODES'\n${nodes.join('\n').replace('master,fail', 'master').replace(' 5462', '')}\nNODES`,
    );
    expect((await scripts.mastersOf(redis(true))).map(({ port }) => port)).to.deep.equal([7000, 7001, 7002]);
  });

  it('takes an error for no count, and for no word that everything was removed', async () => {
    program('redis-server', 'exit 0');
    program('redis-cli', "echo 'LOADING Redis is loading the dataset in memory'");
    const counting = await failureOf(scripts.keyCountOf(redis(false)));
    expect(counting).to.include({ code: 'REDIS_REFUSED' });
    expect(counting.message).to.equal(
      '127.0.0.1:7000 answers DBSIZE with LOADING Redis is loading the dataset in memory',
    );
    program('redis-cli', 'echo "ERR unknown command \'FLUSHALL\'"');
    const keys = scripts.keysOf('a passphrase', scripts.newSalt());
    expect(await failureOf(scripts.restoreRedis(redis(false), [], keys))).to.include({ code: 'REDIS_REFUSED' });
  });

  it('removes nothing from Redis when the program is missing that reads the backup', async () => {
    const asked = path.join(directory, 'asked');
    program('redis-cli', `echo "$@" >> ${asked}; echo OK`);
    const keys = scripts.keysOf('a passphrase', scripts.newSalt());
    process.env.PATH = programs;
    expect(await failureOf(scripts.restoreRedis(redis(false), [], keys))).to.include({ code: 'PROGRAM_MISSING' });
    expect(existsSync(asked) ? readFileSync(asked, 'utf8') : 'nothing').to.equal('nothing');
  });

  it('says what PostgreSQL objects to, not that a pipe broke', async () => {
    program('pg_restore', 'exec cat');
    program('psql', 'echo \'ERROR:  extension "postgis" is not available\' >&2; exit 3');
    const keys = scripts.keysOf('a passphrase', scripts.newSalt());
    const file = path.join(directory, 'postgres.dump.sealed');
    await scripts.seal(Readable.from([Buffer.alloc(4_000_000)]), file, keys);
    const { code, message } = await failureOf(scripts.restorePostgres({ PATH: process.env.PATH }, file, keys));
    expect({ code, message }).to.deep.equal({
      code: 'PROGRAM_FAILED',
      message: 'psql ended with 3: ERROR:  extension "postgis" is not available',
    });
  });

  it('reaches PostgreSQL as its address says, with TLS, and tells nothing of an address that is none', () => {
    const BACKUP_KEY = 'a passphrase for this test only';
    const DATABASE_URL = 'postgres://app:p%40ss@[::1]/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem';
    expect(scripts.readSettings({ BACKUP_KEY, DATABASE_URL }).postgres).to.include({
      PGHOST: '::1',
      PGPASSWORD: 'p@ss',
      PGDATABASE: 'shop',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/etc/ca.pem',
    });
    for (const url of ['postgres://app:secret@db:x/shop', 'postgres://app:100%secret@db/shop']) {
      expect(() => scripts.readSettings({ BACKUP_KEY, DATABASE_URL: url }))
        .to.throw('DATABASE_URL is no address')
        .that.satisfies(({ code, message }: { code: string; message: string }) => {
          return code === 'BAD_SETTING' && !message.includes('secret');
        });
    }
    expect(() => scripts.readSettings({ BACKUP_KEY, REDIS_CLUSTER_NODES: 'redis-1,redis-2:6379' })).to.throw(
      '"redis-1" is not allowed; give host:port',
    );
  });
});

/** Real PostgreSQL servers for tests: a primary, its streaming replicas, and databases to play in. */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port.ts';

const execFileAsync = promisify(execFile);
const DEBIAN_BINARIES = '/usr/lib/postgresql';
const PROGRAMS = ['initdb', 'pg_ctl', 'pg_basebackup'];
/** The superuser of every server here; connections need no password. */
const USER = 'postgres';

/** Where the programs are: on the PATH, or where Debian hides them; undefined: not all of them are here. */
function binaries(): string | undefined {
  const versions = existsSync(DEBIAN_BINARIES) ? readdirSync(DEBIAN_BINARIES) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  const candidates = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...newestFirst.map((version) => path.join(DEBIAN_BINARIES, version, 'bin')),
  ];
  return candidates.find((directory) => PROGRAMS.every((program) => existsSync(path.join(directory, program))));
}

const bin = binaries();
const isRoot = process.getuid?.() === 0;

/** Why these tests can't run here, for their title; empty when they can. */
export const POSTGRES_MISSING = bin === undefined ? ' (skipped: postgres is not installed)' : '';

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const command = path.join(bin as string, program);
  // The server refuses root.
  const [file, all] = isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, [...args]];
  await execFileAsync(file, all, { cwd: '/', env: { ...process.env, PGUSER: USER, LC_ALL: 'C.UTF-8' } });
}

/** A directory that the servers' user owns. */
function directoryFor(name: string): string {
  const directory = mkdtempSync(path.join(tmpdir(), `tidegate-${name}-`));
  if (isRoot) execFileSync('chown', ['postgres', directory]);
  chmodSync(directory, 0o700);
  return directory;
}

/** A server of its own directory and port. Stop it in the end. */
export class PostgresServer {
  readonly port: number;
  readonly #directory: string;
  #databases = 0;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
  }

  /** An empty primary, as fast as can be: what it has does not survive the machine. */
  static async start(settings: Readonly<Record<string, string | number>> = {}): Promise<PostgresServer> {
    const directory = directoryFor('postgres');
    await run('initdb', '-D', path.join(directory, 'data'), '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync');
    return PostgresServer.#begin(directory, settings);
  }

  /** A primary that speaks TLS, with this certificate and key. */
  static async startWithTls(certificateFile: string, keyFile: string): Promise<PostgresServer> {
    const directory = directoryFor('postgres-tls');
    const data = path.join(directory, 'data');
    await run('initdb', '-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync');
    for (const [from, name] of [
      [certificateFile, 'server.crt'],
      [keyFile, 'server.key'],
    ] as const) {
      const to = path.join(data, name);
      copyFileSync(from, to);
      if (isRoot) execFileSync('chown', ['postgres', to]);
      chmodSync(to, 0o600);
    }
    return PostgresServer.#begin(directory, { ssl: 'on' });
  }

  /** A streaming replica, caught up with the primary as it was when it was asked for. */
  async startReplica(settings: Readonly<Record<string, string | number>> = {}): Promise<PostgresServer> {
    const directory = directoryFor('replica');
    const data = path.join(directory, 'data');
    const primary = `host=127.0.0.1 port=${this.port} user=${USER}`;
    await run('pg_basebackup', '-D', data, '-d', primary, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
    return PostgresServer.#begin(directory, settings);
  }

  static async #begin(directory: string, settings: Readonly<Record<string, string | number>>): Promise<PostgresServer> {
    const server = new PostgresServer(directory, await freePort());
    await server.restart(settings);
    return server;
  }

  /** Starts it, again after a kill; ready for connections when it resolves. */
  async restart(settings: Readonly<Record<string, string | number>> = {}): Promise<void> {
    const all = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.#directory,
      fsync: 'off',
      shared_buffers: '32MB',
      wal_receiver_timeout: '2s',
      wal_retrieve_retry_interval: '200ms',
      ...settings,
    };
    const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
    const log = path.join(this.#directory, 'log');
    await run('pg_ctl', '-D', this.#data, '-l', log, '-o', options.join(' '), '-w', '-s', 'start').catch((error) => {
      throw new Error(`${(error as Error).message}\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
    });
  }

  /** An URL of one of its databases. */
  url(database = 'postgres', user = USER): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates a database for a test; its name. */
  async createDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.sql(`CREATE DATABASE ${name}`);
    return name;
  }

  /** Runs SQL on a connection of its own; the rows. */
  async sql<Row = Record<string, unknown>>(text: string, database = 'postgres'): Promise<readonly Row[]> {
    const client = new Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      const { rows } = await client.query(text);
      return rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** A replica goes on receiving, and shows nothing of it. */
  async pauseReplay(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_pause()');
  }

  async resumeReplay(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_resume()');
  }

  /** Process id of its main process; a signal to it can only come from root or the servers' user. */
  get pid(): number {
    return Number(readFileSync(path.join(this.#data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** Cuts all connections at once and ends, as after a crash: `restart` recovers it. */
  async kill(): Promise<void> {
    await run('pg_ctl', '-D', this.#data, '-m', 'immediate', '-w', '-s', 'stop');
  }

  /** Ends it for good, and removes what it had. Safe to repeat. */
  async stop(): Promise<void> {
    if (existsSync(path.join(this.#data, 'postmaster.pid'))) await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #data(): string {
    return path.join(this.#directory, 'data');
  }
}

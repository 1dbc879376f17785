// What backup and restore take from the environment. NAME_FILE in place of NAME: the value is in that file.
import { readFileSync } from 'node:fs';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SHORTEST_KEY = 16;
const DEFAULT_DIRECTORY = 'backups';

/** A mistake of whoever calls: one line, and no stack. */
export class BackupError extends Error {
  code;
  constructor(code, message) {
    super(message);
    this.name = 'BackupError';
    this.code = code;
  }
}

/** @throws BackupError BAD_SETTING */
export function readSettings(env) {
  const given = (name) => {
    const file = env[`${name}_FILE`];
    if (!file) return env[name] ?? '';
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new BackupError('BAD_SETTING', `${name}_FILE: ${file} can't be read (${error.code})`);
    }
  };
  const durationMs = (name, fallback) => {
    const text = given(name) || fallback;
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    if (count === undefined || Number(count) === 0)
      throw new BackupError(
        'BAD_SETTING',
        `${name}: ${JSON.stringify(text)} is not allowed; give a time such as 90s, 30m, 6h or 7d`,
      );
    return Number(count) * UNITS_MS[unit];
  };
  const passphrase = given('BACKUP_KEY');
  if (passphrase.length < SHORTEST_KEY)
    throw new BackupError(
      'BAD_SETTING',
      `BACKUP_KEY has ${passphrase.length} characters; give ${SHORTEST_KEY} or more, kept elsewhere than the backups, or a file in BACKUP_KEY_FILE`,
    );
  const settings = {
    directory: given('BACKUP_DIRECTORY') || DEFAULT_DIRECTORY,
    passphrase,
    everyMs: durationMs('BACKUP_EVERY', '24h'),
    keepMs: durationMs('BACKUP_KEEP', '7d'),
    postgres: postgresSettings(env, given),
    redis: redisSettings(given),
  };
  if (settings.postgres === null && settings.redis === null)
    throw new BackupError(
      'BAD_SETTING',
      'nothing to back up: give DATABASE_URL, DB_HOST or PGHOST, and REDIS_HOST or REDIS_CLUSTER_NODES',
    );
  return settings;
}

/** The environment for PostgreSQL's own programs: a password among their arguments would stand in every list of processes. */
function postgresSettings(env, given) {
  const url = given('DATABASE_URL');
  if (url !== '') {
    return { ...env, ...partsOf(url) };
  }
  const host = given('PGHOST') || given('DB_HOST');
  if (host === '') return null;
  const user = given('PGUSER') || given('DB_USER');
  return {
    ...env,
    PGHOST: host,
    PGPORT: given('PGPORT') || given('DB_PORT') || '5432',
    PGUSER: user,
    PGPASSWORD: given('PGPASSWORD') || given('DB_PASSWORD'),
    PGDATABASE: given('PGDATABASE') || given('DB_NAME') || user,
  };
}

/** Parameters of an address, as the programs know them. */
const PARAMETERS = {
  host: 'PGHOST',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
};

/** @throws BackupError BAD_SETTING, without the address: it may hold a password */
function partsOf(url) {
  try {
    const { hostname, port, username, password, pathname, searchParams } = new URL(url);
    const [user, secret, name] = [username, password, pathname.slice(1)].map(decodeURIComponent);
    return {
      // An IPv6 address stands in brackets in a URL, and nowhere else.
      PGHOST: hostname.replace(/^\[(.*)\]$/, '$1'),
      PGPORT: port || '5432',
      PGUSER: user,
      PGPASSWORD: secret,
      PGDATABASE: name || user,
      ...Object.fromEntries(
        Object.entries(PARAMETERS).flatMap(([parameter, variable]) =>
          searchParams.has(parameter) ? [[variable, searchParams.get(parameter)]] : [],
        ),
      ),
    };
  } catch {
    throw new BackupError(
      'BAD_SETTING',
      'DATABASE_URL is no address; give postgres://user:password@host:port/name, with special characters percent-encoded',
    );
  }
}

function redisSettings(given) {
  const cluster = given('REDIS_CLUSTER_NODES');
  const single = given('REDIS_HOST');
  const nodes =
    cluster !== '' ? cluster.split(',') : single !== '' ? [`${single}:${given('REDIS_PORT') || '6379'}`] : [];
  if (nodes.length === 0) return null;
  const parsed = nodes.map((node) => {
    const [, host, port] = /^(\S+):(\d{1,5})$/.exec(node.trim()) ?? [];
    if (host === undefined)
      throw new BackupError(
        'BAD_SETTING',
        `REDIS_CLUSTER_NODES, or REDIS_HOST and REDIS_PORT: ${JSON.stringify(node)} is not allowed; give host:port`,
      );
    return { host, port: Number(port) };
  });
  return { nodes: parsed, cluster: cluster !== '', password: given('REDIS_PASSWORD') };
}

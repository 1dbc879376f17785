/** What an app takes from its environment to reach PostgreSQL. */
import { runtimeOffer } from '../../ipc/runtime-offer.ts';
import { DatabaseSettingsError } from './errors.ts';
import { type ServerParts, URL_ALLOWED, urlProblem } from './server-address.ts';

export interface DatabaseSettings {
  /** The primary: a URL, or its parts. */
  readonly primary: string | ServerParts;
  readonly replicaUrls: readonly string[];
  /** Connections each pool of this process keeps once they were opened. */
  readonly poolMin: number;
  /** Most connections of each pool of this process. */
  readonly poolMax: number;
  /** How long a statement may run. */
  readonly statementTimeoutMs: number;
  /** How long opening a connection, or waiting for a free one, may take. */
  readonly connectTimeoutMs: number;
  /** A replica further behind is not read from. */
  readonly maxReplicaLagMs: number;
}

export const DATABASE_DEFAULTS = {
  port: 5432,
  poolMin: 10,
  poolMax: 50,
  statementTimeoutMs: 10_000,
  connectTimeoutMs: 3_000,
  maxReplicaLagMs: 5_000,
} as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * DATABASE_URL, or DB_HOST with DB_PORT, DB_NAME, DB_USER and DB_PASSWORD; the URL is taken when both are there. DB_POOL_MIN and
 * DB_POOL_MAX are a machine's: they are divided by the most workers there may be, as the runtime or TIDEGATE_WORKERS_MAX says, so that scaling up can't
 * use up the server's `max_connections`. Null when no database is configured.
 * @throws DatabaseSettingsError with a line per mistake
 */
export function databaseSettings(env: Environment): DatabaseSettings | null {
  const problems: string[] = [];
  const given = (name: string): string => (env[name] ?? '').trim();
  const whole = (name: string, fallback: number, low: number, high: number): number => {
    const text = given(name);
    if (text === '') return fallback;
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    problems.push(`${name} is ${JSON.stringify(text)}; allowed is a whole number from ${low} to ${high}`);
    return fallback;
  };
  const url = (name: string, text: string): string => {
    const problem = urlProblem(text);
    // The value itself may hold a password.
    if (problem !== undefined) problems.push(`${name} ${problem}; allowed is ${URL_ALLOWED}`);
    return text;
  };
  const parts = (): ServerParts => ({
    host: given('DB_HOST'),
    port: whole('DB_PORT', DATABASE_DEFAULTS.port, 1, 65_535),
    name: needed('DB_NAME'),
    user: needed('DB_USER'),
    password: env.DB_PASSWORD ?? '',
  });
  const needed = (name: string): string => {
    if (given(name) === '') problems.push(`${name} is empty; it is needed with DB_HOST`);
    return given(name);
  };

  if (given('DATABASE_URL') === '' && given('DB_HOST') === '') return null;
  const primary = given('DATABASE_URL') === '' ? parts() : url('DATABASE_URL', given('DATABASE_URL'));
  const workers = whole('TIDEGATE_WORKERS_MAX', runtimeOffer()?.workersMax ?? 1, 1, 1_024);
  const max = whole('DB_POOL_MAX', DATABASE_DEFAULTS.poolMax, 1, 10_000);
  // A smaller maximum alone is meant as such: the default minimum gives way.
  const min = whole('DB_POOL_MIN', Math.min(DATABASE_DEFAULTS.poolMin, max), 0, 10_000);
  if (min > max) problems.push(`DB_POOL_MIN is ${min}; allowed is at most DB_POOL_MAX, ${max}`);
  const settings: DatabaseSettings = {
    primary,
    replicaUrls: given('DB_REPLICA_URLS')
      .split(',')
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text, index) => url(`DB_REPLICA_URLS (number ${index + 1})`, text)),
    poolMin: Math.floor(min / workers),
    poolMax: Math.max(1, Math.floor(max / workers)),
    statementTimeoutMs: whole('DB_STATEMENT_TIMEOUT_MS', DATABASE_DEFAULTS.statementTimeoutMs, 1, 86_400_000),
    connectTimeoutMs: whole('DB_CONNECT_TIMEOUT_MS', DATABASE_DEFAULTS.connectTimeoutMs, 1, 600_000),
    maxReplicaLagMs: whole('DB_MAX_REPLICA_LAG_MS', DATABASE_DEFAULTS.maxReplicaLagMs, 1, 86_400_000),
  };
  if (problems.length > 0) throw new DatabaseSettingsError(problems);
  return settings;
}

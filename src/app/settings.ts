/** What the app takes from its environment. */
import { isIP } from 'node:net';
import type { DatabaseSettings } from 'tidegate/database';

const DEFAULT_PORT = 3001;
/** A secret that can be guessed lets anybody be anybody. */
const SHORTEST_SECRET = 16;

/** A setting that cannot be used; the message names it, the value given and what is allowed. */
export class SettingError extends Error {
  readonly code = 'BAD_SETTING';
  override readonly name = 'SettingError';
}

/**
 * The TCP port to listen on: `PORT`, 3001 when it is unset or empty; 0 lets the system pick a free one.
 * @throws SettingError when `PORT` is not a whole number from 0 to 65535
 */
export function readPort(env: Readonly<Record<string, string | undefined>>): number {
  const given = env.PORT ?? '';
  if (given === '') return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN;
  if (!(port <= 65_535))
    throw new SettingError(`PORT is ${JSON.stringify(given)}; allowed is a whole number from 0 to 65535`);
  return port;
}

export interface AppSettings {
  /** Null: reports, events and lease histories are kept in the shared state. */
  readonly database: DatabaseSettings | null;
  /** Signs session cookies; null: the processes agree on one. */
  readonly sessionSecret: string | null;
  /** No process manager started it: there is nobody else whose fleet it could be part of. */
  readonly isAlone: boolean;
  /** Addresses and CIDR blocks of proxies that are believed about who their clients are. */
  readonly trustedProxies: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `SESSION_SECRET`, `TRUSTED_PROXIES`, and what `tidegate/database` reads (`DATABASE_URL`, or `DB_HOST` …).
 * @throws SettingError
 */
export async function readAppSettings(env: Environment, isAlone: boolean): Promise<AppSettings> {
  const secret = env.SESSION_SECRET ?? '';
  if (secret !== '' && secret.length < SHORTEST_SECRET) {
    const allowed = `at least ${SHORTEST_SECRET}, chosen at random; without it the app makes one`;
    throw new SettingError(`SESSION_SECRET has ${secret.length} characters; allowed is ${allowed}`);
  }
  return {
    database: await readDatabaseSettings(env),
    sessionSecret: secret === '' ? null : secret,
    isAlone,
    trustedProxies: readTrustedProxies(env),
  };
}

/** The same variable from which the gateway takes them: behind it, or behind a proxy alone, clients are who they are. */
function readTrustedProxies(env: Environment): readonly string[] {
  const given = (env.TRUSTED_PROXIES ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const entry of given) {
    const [address = '', bits, ...rest] = entry.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isBlock = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (most < 0 || !isBlock || rest.length > 0) {
      const allowed = 'addresses and CIDR blocks, separated by commas, e.g. 10.0.0.0/8';
      throw new SettingError(`TRUSTED_PROXIES has ${JSON.stringify(entry)}; allowed are ${allowed}`);
    }
  }
  return given;
}

/** Who has no database need not load its driver. */
async function readDatabaseSettings(env: Environment): Promise<DatabaseSettings | null> {
  if ((env.DATABASE_URL ?? '') === '' && (env.DB_HOST ?? '') === '') return null;
  const { databaseSettings, DatabaseSettingsError } = await import('tidegate/database');
  try {
    return databaseSettings(env);
  } catch (error) {
    if (!(error instanceof DatabaseSettingsError)) throw error;
    throw new SettingError(error.message);
  }
}

/** What `createDatabase` is given, checked and completed. */
import { DatabaseSettingsError } from './errors.ts';
import type { PoolAlert } from './pool-monitor.ts';
import { URL_ALLOWED, urlProblem } from './server-address.ts';
import { DATABASE_DEFAULTS, type DatabaseSettings } from './settings.ts';
import type { Guard } from './transaction.ts';

export interface DatabaseOptions extends Partial<DatabaseSettings> {
  /** A URL, or host, port, name, user and password. */
  readonly primary: DatabaseSettings['primary'];
  /** How often replicas are checked while anybody reads; default 1,000. */
  readonly replicaCheckMs?: number;
  /** How often a pool is sampled while it is used; default 1,000. */
  readonly sampleMs?: number;
  /** When a pool comes under pressure, and when that is over; without it, a warning of the process. */
  readonly onPoolAlert?: (alert: PoolAlert) => void;
  /** Every round trip to the primary goes through it, such as a circuit breaker's `execute`; it sees only failures of the server. */
  readonly guard?: Guard;
  /** How the server's `pg_stat_activity` calls us; default `tidegate`. */
  readonly applicationName?: string;
}

export type ReadyOptions = Required<DatabaseOptions>;

/** Of timers, and of the server's own settings: a timer with more would run at once, again and again. */
const MOST = 2_147_483_647;

/** @throws DatabaseSettingsError */
export function checkedOptions(options: DatabaseOptions): ReadyOptions {
  const poolMax = options.poolMax ?? DATABASE_DEFAULTS.poolMax;
  const ready: ReadyOptions = {
    ...DATABASE_DEFAULTS,
    poolMin: Math.min(DATABASE_DEFAULTS.poolMin, poolMax),
    replicaUrls: [],
    replicaCheckMs: 1_000,
    sampleMs: 1_000,
    onPoolAlert: warn,
    guard: (call) => call(),
    applicationName: 'tidegate',
    ...given(options),
  };
  const problems = [
    ...urlProblems(ready),
    ...(['statementTimeoutMs', 'connectTimeoutMs', 'maxReplicaLagMs', 'replicaCheckMs', 'sampleMs', 'poolMax'] as const)
      .filter((name) => !(Number.isInteger(ready[name]) && ready[name] > 0 && ready[name] <= MOST))
      .map((name) => `${name} is ${ready[name]}; allowed is a whole number from 1 to ${MOST}`),
  ];
  if (!(Number.isInteger(ready.poolMin) && ready.poolMin >= 0 && ready.poolMin <= ready.poolMax)) {
    problems.push(`poolMin is ${ready.poolMin}; allowed is a whole number from 0 to poolMax, ${ready.poolMax}`);
  }
  if (problems.length > 0) throw new DatabaseSettingsError(problems);
  return ready;
}

function urlProblems({ primary, replicaUrls }: ReadyOptions): string[] {
  const urls = [
    ...(typeof primary === 'string' ? ([['primary', primary]] as const) : []),
    ...replicaUrls.map((url, index) => [`replicaUrls[${index}]`, url] as const),
  ];
  return urls.flatMap(([name, url]) => {
    const problem = urlProblem(url);
    return problem === undefined ? [] : [`${name} ${problem}; allowed is ${URL_ALLOWED}`];
  });
}

/** Without what is there but undefined, which must not hide a default. */
function given(options: DatabaseOptions): DatabaseOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as DatabaseOptions;
}

function warn({ message }: PoolAlert): void {
  process.emitWarning(message, { type: 'PoolPressure', code: 'DB_POOL_PRESSURE' });
}

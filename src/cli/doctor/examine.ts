/** Looks at machine, services and configuration. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { ConfigError } from '../../../config/errors.ts';
import { loadConfig } from '../../../config/load.ts';
import type { Config } from '../../../config/schema.ts';
import type { CliContext } from '../verb.ts';
import { type Finding, ok, problem } from './finding.ts';
import { judgeClock, judgeConfig, judgeCores, judgeFiles, judgeMemory, judgeProcesses } from './judge.ts';

const REACH_MS = 3_000;

/** Every finding, good ones too. */
export async function examine(file: string | undefined, { env }: Pick<CliContext, 'env'>): Promise<readonly Finding[]> {
  let config: Config;
  let warnings: readonly string[];
  try {
    ({ config, warnings } = loadConfig({ file, env }));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const findings = error.problems.map((text) =>
      problem('configuration', text, 'correct it; docs/CONFIGURATION.md has every option'),
    );
    return [node(), ...findings];
  }
  return [
    node(),
    judgeFiles(limitOf('Max open files')),
    judgeProcesses(limitOf('Max processes'), config),
    judgeCores(availableParallelism(), config),
    judgeMemory(memoryBytes(), config),
    ...(await services(config)),
    ...warnings.map(
      (text): Finding => ({
        subject: 'configuration',
        level: 'warning',
        found: text,
        fix: 'take it out, or set what it needs',
      }),
    ),
    ...judgeConfig(config),
  ];
}

function node(): Finding {
  return ok('node', `${process.version} on ${process.platform} ${process.arch}`);
}

/** The soft limit of this process, which the runtime would inherit; null: none, or not to be known here. */
function limitOf(name: string): number | null {
  try {
    const line = readFileSync('/proc/self/limits', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(name));
    const value = line?.slice(name.length).trim().split(/\s+/)[0];
    return value === undefined || value === 'unlimited' ? null : Number(value);
  } catch {
    return null;
  }
}

/** What a container may use counts, where there is one. */
function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

async function services(config: Config): Promise<readonly Finding[]> {
  const looks: Promise<readonly Finding[]>[] = [];
  if (config.redisEnabled && !config.redisClusterEnabled) looks.push(redis(config));
  if (config.databaseUrl !== '' || config.dbHost !== '') looks.push(postgres(config));
  return (await Promise.all(looks)).flat();
}

/** An open port is enough to tell a wrong address from a right one; a PING and its clock need the driver. */
async function redis(config: Config): Promise<readonly Finding[]> {
  const { redisHost: host, redisPort: port } = config;
  const where = `${host}:${port}`;
  const unreachable = await reach(host, port);
  if (unreachable !== null) {
    return [
      problem('Redis', `${where} can't be reached (${unreachable})`, 'start it, or correct REDIS_HOST and REDIS_PORT'),
    ];
  }
  const { Redis } = await import('ioredis');
  const client = new Redis({
    host,
    port,
    db: config.redisDb,
    ...(config.redisPassword === '' ? {} : { password: config.redisPassword }),
    ...(config.redisTls ? { tls: {} } : {}),
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: REACH_MS,
    commandTimeout: REACH_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const startMs = performance.now();
    const [seconds, micros] = await client.time();
    const tripMs = performance.now() - startMs;
    const offsetMs = Date.now() - tripMs / 2 - (Number(seconds) * 1000 + Number(micros) / 1000);
    const clock = judgeClock(offsetMs, 'Redis');
    return [ok('Redis', `${where} answers in ${tripMs.toFixed(1)} ms`), ...(clock === null ? [] : [clock])];
  } catch (error) {
    return [problem('Redis', `${where} refuses: ${(error as Error).message}`, 'check REDIS_PASSWORD and REDIS_TLS')];
  } finally {
    client.disconnect();
  }
}

async function postgres(config: Config): Promise<readonly Finding[]> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    ...(config.databaseUrl === ''
      ? {
          host: config.dbHost,
          port: config.dbPort,
          database: config.dbName,
          user: config.dbUser,
          password: config.dbPassword,
        }
      : { connectionString: config.databaseUrl }),
    connectionTimeoutMillis: REACH_MS,
    query_timeout: REACH_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ most: string }>("select current_setting('max_connections') as most");
    const most = Number(rows[0]?.most);
    const needed = config.maxInstances * config.dbPoolMax;
    const found = `answers; ${config.maxInstances} workers take up to ${needed} of its ${most} connections`;
    if (needed <= most) return [ok('PostgreSQL', found)];
    return [
      problem(
        'PostgreSQL',
        found,
        'lower DB_POOL_MAX or MAX_INSTANCES, raise max_connections, or put PgBouncer in between',
      ),
    ];
  } catch (error) {
    return [
      problem(
        'PostgreSQL',
        `can't be used: ${(error as Error).message}`,
        'start it, or correct DATABASE_URL (or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD)',
      ),
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Null when a connection comes about, else why not. */
function reach(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: REACH_MS });
    const settle = (reason: string | null): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => settle(null));
    socket.once('timeout', () => settle('no answer'));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
}

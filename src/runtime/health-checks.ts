import type { Config } from '../../config/schema.ts';
import { NetworkList } from '../ipc/network-list.ts';
import { type LevelOverride, parseLevels } from '../scaling/health/levels.ts';
import type { Probe } from '../scaling/health/probe.ts';
import { allProbes } from '../scaling/health/probes.ts';
import { appPathCheck } from '../scaling/health-checks/app-path.ts';
import type { HealthCheck } from '../scaling/health-checks/check.ts';
import { dependencyCheck } from '../scaling/health-checks/dependency-check.ts';
import { diskCheck } from '../scaling/health-checks/disk.ts';
import { fileDescriptorCheck } from '../scaling/health-checks/file-descriptors.ts';
import { postgresCheck } from '../scaling/health-checks/postgres.ts';
import type { WorkerProbe } from '../scaling/metrics-collector.ts';

export interface HealthChecksOptions {
  readonly config: Config;
  /** The app's working directory. */
  readonly cwd: string;
  readonly probe: WorkerProbe;
  /** One question to Redis; null: there is none. @throws when it does not answer */
  readonly pingRedis: (() => Promise<void>) | null;
}

const REDIS_SLOW_MS = 250;

/** The checks of a runtime, by configuration. */
export function healthChecks({ config, cwd, probe, pingRedis }: HealthChecksOptions): readonly HealthCheck[] {
  if (!config.healthChecksEnabled) return [];
  const times = { intervalMs: config.healthCheckIntervalMs, timeoutMs: config.healthCheckTimeoutMs };
  const checks: HealthCheck[] = [
    diskCheck(config.healthDiskPaths.length === 0 ? [cwd] : config.healthDiskPaths, times),
    fileDescriptorCheck({
      ...times,
      pids: () => [
        process.pid,
        ...probe.status().workers.flatMap(({ pid, phase }) => (phase === 'stopped' ? [] : (pid ?? []))),
      ],
    }),
  ];
  if (pingRedis !== null) {
    // The embedded store stands in for it: its absence is a warning, and is told as soon as it is felt.
    checks.push(
      dependencyCheck({
        ...times,
        name: 'redis',
        label: 'Redis',
        slowMs: REDIS_SLOW_MS,
        absence: 'warning',
        ask: pingRedis,
      }),
    );
  }
  const { databaseUrl, dbHost, dbPort, dbName, dbUser, dbPassword } = config;
  if (databaseUrl !== '') checks.push(postgresCheck(databaseUrl, times));
  else if (dbHost !== '') {
    const parts = { host: dbHost, port: dbPort, name: dbName, user: dbUser, password: dbPassword };
    checks.push(postgresCheck(parts, times));
  }
  if (config.healthCheckPath !== '') {
    const addresses = (): readonly string[] => probe.status().addresses;
    const proxies = new NetworkList(config.proxyProtocolFrom);
    checks.push(
      appPathCheck({
        ...times,
        path: config.healthCheckPath,
        addresses,
        secure: config.lbMode === 'http' && config.gatewayTlsCertFile !== '',
        isProxy: (address) => proxies.has(address),
      }),
    );
  }
  const levels = parseLevels(config.healthLevels);
  return checks
    .filter(({ spec }) => !config.healthProbesOff.includes(spec.name))
    .map((check) => asBadAsItsLevels(check, levels));
}

/** No answer is as bad as the worst level that is set: one above the timeout would otherwise hide an outage. */
function asBadAsItsLevels(check: HealthCheck, levels: readonly LevelOverride[]): HealthCheck {
  const level = levels.find(({ probe }) => probe === check.spec.name);
  if (level === undefined) return check;
  const worst = Math.max(level.warning, level.critical);
  return {
    ...check,
    failure: (why) => {
      const { value, sentence } = check.failure(why);
      return { value: value === undefined ? undefined : Math.max(value, worst), sentence };
    },
  };
}

/** The probes that look at each round, by configuration. */
export function runtimeProbes({ healthChecksEnabled, healthProbesOff, hungTimeoutMs }: Config): readonly Probe[] {
  if (!healthChecksEnabled) return [];
  return allProbes({ hungTimeoutMs }).filter(({ spec }) => !healthProbesOff.includes(spec.name));
}

const CHECKED = ['disk', 'file-descriptors', 'redis', 'postgres', 'app'];

/** Names in HEALTH_LEVELS and HEALTH_PROBES_OFF that no probe has; those of the app's own checks are not known beforehand. */
export function misnamedProbes({ healthLevels, healthProbesOff, hungTimeoutMs }: Config): readonly string[] {
  const known = new Set([...CHECKED, ...allProbes({ hungTimeoutMs }).map(({ spec }) => spec.name)]);
  const named = [...parseLevels(healthLevels).map(({ probe }) => probe), ...healthProbesOff];
  return named.filter((name) => !known.has(name) && !name.startsWith('app-'));
}

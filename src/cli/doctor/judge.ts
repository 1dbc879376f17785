/** What figures of the machine and options of the configuration mean for a runtime. Pure. */
import { formatByteSize } from '../../../config/byte-size.ts';
import type { Config } from '../../../config/schema.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Sockets, files and pipes of a process that has no client yet. */
const BASE_FILES = 256;
const COMFORTABLE_FILES = 8_192;
/** What a Node.js process without an app takes. */
const WORKER_BYTES = 60_000_000;

export function judgeFiles(limit: number | null): Finding {
  const subject = 'open files';
  if (limit === null) return ok(subject, 'no limit');
  const fix =
    'raise it: ulimit -n 65536, LimitNOFILE=65536 in a systemd unit, or --ulimit nofile=65536 for a container';
  if (limit < BASE_FILES) return problem(subject, `a process may open ${limit}, which leaves none for clients`, fix);
  const found = `a process may open ${limit}: some ${limit - BASE_FILES} clients for each worker`;
  return limit < COMFORTABLE_FILES ? warning(subject, found, fix) : ok(subject, found);
}

export function judgeProcesses(limit: number | null, config: Pick<Config, 'maxInstances'>): Finding {
  const subject = 'processes';
  if (limit === null) return ok(subject, 'no limit');
  // Each Node.js process has about eleven threads, and threads are counted.
  const needed = config.maxInstances * 12;
  const found = `${limit} processes and threads are allowed, ${config.maxInstances} workers take some ${needed}`;
  if (needed <= limit) return ok(subject, found);
  return problem(
    subject,
    found,
    'raise it (ulimit -u, TasksMax= of systemd, --pids-limit of a container), or lower MAX_INSTANCES',
  );
}

export function judgeCores(cores: number, config: Pick<Config, 'maxInstances' | 'clusterEnabled'>): Finding {
  const subject = 'cores';
  const found = `${cores} can be used, MAX_INSTANCES is ${config.maxInstances}`;
  if (!config.clusterEnabled || config.maxInstances <= cores * 2) return ok(subject, found);
  return warning(
    subject,
    found,
    `more workers than cores do not compute faster: set MAX_INSTANCES=${Math.max(1, cores)}, unless yours mostly wait`,
  );
}

export function judgeMemory(
  totalBytes: number,
  config: Pick<Config, 'maxInstances' | 'maxMemoryRestartBytes'>,
): Finding {
  const subject = 'memory';
  const { maxInstances, maxMemoryRestartBytes: limit } = config;
  const each = limit === 0 ? WORKER_BYTES : limit;
  const needed = each * maxInstances;
  const have = formatByteSize(totalBytes);
  const what = limit === 0 ? 'even without an app' : 'at MAX_MEMORY_RESTART_BYTES each';
  const found = `${have}; ${maxInstances} workers take ${formatByteSize(needed)} ${what}`;
  if (needed <= totalBytes * 0.9) return ok(subject, found);
  return warning(
    subject,
    found,
    'lower MAX_INSTANCES or MAX_MEMORY_RESTART_BYTES; the memory guard will hold the scaler back before that',
  );
}

/** @param offsetMs how far this clock is ahead of another; null: no other was asked */
export function judgeClock(offsetMs: number | null, source: string): Finding | null {
  if (offsetMs === null) return null;
  const found = `${Math.round(Math.abs(offsetMs))} ms ${offsetMs < 0 ? 'behind' : 'ahead of'} ${source}`;
  if (Math.abs(offsetMs) <= 1_000) return ok('clock', found);
  const fix = 'leases, sessions and JSON web tokens go by the clock: run an NTP client (timedatectl set-ntp true)';
  return Math.abs(offsetMs) <= 30_000 ? warning('clock', found, fix) : problem('clock', found, fix);
}

/** Settings that work, and that one regrets later. */
export function judgeConfig(config: Config): Finding[] {
  const findings: Finding[] = [];
  const smell = (when: boolean, found: string, fix: string): void => {
    if (when) findings.push(warning('configuration', found, fix));
  };
  const production = config.nodeEnv === 'production';
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(config.managementHost);
  smell(
    !isLoopback && config.managementTlsCertFile === '',
    `the control API listens on ${config.managementHost} without TLS: tokens can be read on the way`,
    'set MANAGEMENT_TLS_CERT_FILE and MANAGEMENT_TLS_KEY_FILE, or put TLS in front of it',
  );
  smell(
    config.managementTokens.length > 0,
    'MANAGEMENT_TOKENS stands in the environment, where other processes of this user can read it',
    'put the tokens into a file (mode 0600), and name it in MANAGEMENT_TOKENS_FILE',
  );
  smell(
    config.maxMemoryRestartBytes === 0 && production,
    'MAX_MEMORY_RESTART_BYTES is off: a leak grows until the kernel kills something',
    'set it to about twice what a worker takes: MAX_MEMORY_RESTART_BYTES=512M',
  );
  smell(
    config.killTimeoutMs + config.drainTimeoutMs < 5_000,
    `workers have ${config.drainTimeoutMs} ms to finish and ${config.killTimeoutMs} ms to end: long requests are cut`,
    'raise DRAIN_TIMEOUT_MS above your longest request',
  );
  smell(
    production && config.redisEnabled && config.redisPassword === '' && config.redisHost !== '127.0.0.1',
    'Redis is used over the network without a password',
    'set REDIS_PASSWORD, and REDIS_TLS where the network is not yours',
  );
  smell(
    config.autoScalingEnabled && config.minInstances === config.maxInstances,
    `MIN_INSTANCES and MAX_INSTANCES are both ${config.minInstances}: the scaler has nothing to decide`,
    'raise MAX_INSTANCES, or set AUTO_SCALING_ENABLED=false',
  );
  if (findings.length === 0) findings.push(ok('configuration', 'valid'));
  return findings;
}

/** Health checks: how often, how long, at which levels. */
import { integer, list, type OptionTable, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

export const health = {
  healthCheckIntervalMs: integer(
    'HEALTH_CHECK_INTERVAL_MS',
    10_000,
    [500, HOUR_MS],
    'ms',
    'Time between two checks of disk, file descriptors, Redis, PostgreSQL and the app’s own path.',
  ),
  healthCheckTimeoutMs: integer(
    'HEALTH_CHECK_TIMEOUT_MS',
    2_000,
    [50, 60_000],
    'ms',
    'A check without an answer within this time has failed.',
  ),
  healthCheckPath: text(
    'HEALTH_CHECK_PATH',
    '',
    'A path of the app that is asked for its health; an answer of 500 or above is a failure. Empty: none is.',
    { allowed: 'a path such as /healthz', pattern: /^(|\/[^\s#]*)$/ },
  ),
  healthDiskPaths: list(
    'HEALTH_DISK_PATHS',
    'absolute paths, separated by commas',
    /^\//,
    'Directories whose file systems are watched; empty: the working directory.',
  ),
  healthLevels: list(
    'HEALTH_LEVELS',
    'probe=warning/critical such as memory=0.9/0.97, separated by commas',
    /^[a-z][a-z0-9-]*=\d+(\.\d+)?\/\d+(\.\d+)?$/,
    'Other levels than the probes’ own; GET /health shows them.',
  ),
  healthProbesOff: list(
    'HEALTH_PROBES_OFF',
    'names of probes as GET /health shows them, separated by commas',
    /^[a-z][a-z0-9-]*$/,
    'Probes that are not wanted.',
  ),
} satisfies OptionTable;

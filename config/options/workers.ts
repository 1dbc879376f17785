/** Workers: how many, their start, their end. */
import { byteSize, flag, integer, type OptionTable, oneOf } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

export const workers = {
  clusterEnabled: flag('CLUSTER_ENABLED', true, 'false: exactly one worker; the platform scales.'),
  clusterWorkers: integer('CLUSTER_WORKERS', 0, [0, 1000], 'workers; 0 = one per core', 'Workers to begin with.'),
  minInstances: integer('MIN_INSTANCES', 1, [1, 1000], 'workers', 'The scaler never goes below.'),
  maxInstances: integer('MAX_INSTANCES', 10, [1, 1000], 'workers', 'The scaler never goes above.'),
  waitReady: flag('WAIT_READY', false, "true: a worker is ready on process.send('ready'), not on its first listen."),
  listenTimeoutMs: integer(
    'LISTEN_TIMEOUT_MS',
    10_000,
    [100, HOUR_MS],
    'ms',
    'A worker must be ready within this time.',
  ),
  drainTimeoutMs: integer(
    'DRAIN_TIMEOUT_MS',
    30_000,
    [0, HOUR_MS],
    'ms',
    'How long a leaving worker may finish its connections.',
  ),
  killTimeoutMs: integer('KILL_TIMEOUT_MS', 5_000, [0, 600_000], 'ms', 'From the stop signal to SIGKILL.'),
  stopSignal: oneOf(
    'STOP_SIGNAL',
    'SIGTERM',
    ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2'],
    'The signal a drained worker gets.',
  ),
  hungTimeoutMs: integer(
    'HUNG_TIMEOUT_MS',
    30_000,
    [2_000, HOUR_MS],
    'ms',
    'A worker without a heartbeat for this long is replaced.',
  ),
  websocketCloseJitterMs: integer(
    'WEBSOCKET_CLOSE_JITTER_MS',
    1_000,
    [0, 600_000],
    'ms',
    'WebSockets of a leaving worker are closed (1012) spread over this time.',
  ),
  maxMemoryRestartBytes: byteSize(
    'MAX_MEMORY_RESTART_BYTES',
    0,
    'A worker above this resident size is recycled; 300M and 1.5G work too.',
  ),
  maxRestarts: integer(
    'MAX_RESTARTS',
    16,
    [1, 10_000],
    'exits',
    'Failed starts of one slot within RESTART_PERIOD_MS before it waits the longest back-off.',
  ),
  restartPeriodMs: integer(
    'RESTART_PERIOD_MS',
    60_000,
    [1_000, 86_400_000],
    'ms',
    'The window of the restart intensity.',
  ),
  restartBackoffMs: integer(
    'RESTART_BACKOFF_MS',
    100,
    [0, 600_000],
    'ms',
    'First restart delay after an early exit; doubles up to RESTART_BACKOFF_MAX_MS.',
  ),
  restartBackoffMaxMs: integer('RESTART_BACKOFF_MAX_MS', 15_000, [0, HOUR_MS], 'ms', 'The longest restart delay.'),
  minUptimeMs: integer(
    'MIN_UPTIME_MS',
    1_000,
    [0, HOUR_MS],
    'ms',
    'A worker that ends sooner after it became ready counts as a failed start.',
  ),
  canaryMs: integer(
    'CANARY_MS',
    3_000,
    [0, 600_000],
    'ms; 0 = off',
    'How long a reload compares its first new worker with the old ones.',
  ),
  connectionMoves: flag(
    'CONNECTION_MOVES',
    true,
    'Idle keep-alive connections may move between workers. Switch off for apps that keep state on the socket.',
  ),
} satisfies OptionTable;

/**
 * Every option of the product, once: its environment name, type, default, range, unit and meaning.
 * `load.ts` resolves them (defaults < file < environment < flags); `.env.scaling.example` is checked against this table.
 */
import {
  aliased,
  byteSize,
  flag,
  integer,
  list,
  type Option,
  type OptionValue,
  oneOf,
  secret,
  text,
} from './option.ts';

export type { Option, OptionValue } from './option.ts';

/** The loopback default of the control API; any other address demands tokens. */
export const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export const LB_ALGORITHMS = [
  'adaptive',
  'round-robin',
  'least-connections',
  'weighted',
  'ip-hash',
  'consistent-hash',
  'power-of-two',
  'peak-ewma',
] as const;
export type LbAlgorithm = (typeof LB_ALGORITHMS)[number];

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

type OptionTable = Readonly<Record<string, Option<OptionValue>>>;

const HOUR_MS = 3_600_000;
const MEBIBYTE = 1_048_576;
const PORT = [0, 65535] as const;
const PORT_UNIT = 'TCP port; 0 picks a free one';
const INSTANCE_NAME = {
  allowed: 'a name of up to 64 letters, digits, spaces and . _ - + @, beginning with a letter or digit',
  pattern: /^(|[A-Za-z0-9][\w .@+-]{0,63})$/,
};
const HOST = { allowed: 'a host name or an address', pattern: /^[^\s/]+$/ };
const URL_RULES = { allowed: 'an address such as https://hooks.example/alerts', pattern: /^(|https?:\/\/\S+)$/ };

const app = {
  port: integer('PORT', 3001, PORT, PORT_UNIT, 'Port of the reference app; when set, apps get it as PORT.'),
  nodeEnv: text('NODE_ENV', 'development', 'Passed to the app; production switches logs to JSON.'),
  logLevel: oneOf('LOG_LEVEL', 'info', ['error', 'warn', 'info', 'debug'], 'How much the runtime logs.'),
  logFormat: oneOf('LOG_FORMAT', 'auto', ['auto', 'human', 'json'], 'auto: human on a terminal, JSON otherwise.'),
  routeClasses: list(
    'ROUTE_CLASSES',
    'name=/prefix, separated by commas',
    /^[a-z0-9_-]{1,32}=\/.*$/i,
    'Request classes for metrics, by path prefix; the rest is "other".',
  ),
  name: text('TIDEGATE_NAME', '', 'Name of this instance; empty: the script’s file name.', INSTANCE_NAME),
  runtimeDir: text(
    'TIDEGATE_RUNTIME_DIR',
    '',
    'Directory of sockets and state; empty: XDG_RUNTIME_DIR/tidegate or the temporary directory.',
  ),
} satisfies OptionTable;

const workers = {
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

const balancing = {
  loadBalancerEnabled: flag('LOAD_BALANCER_ENABLED', true, 'false: shared accept without rebalancing.'),
  lbMode: oneOf(
    'LB_MODE',
    'tcp',
    ['tcp', 'http'],
    'tcp: sockets go to workers; http: a gateway balances each request.',
  ),
  lbAlgorithm: oneOf(
    'LB_ALGORITHM',
    'adaptive',
    LB_ALGORITHMS,
    'adaptive: workers accept by shares; others: the primary picks per connection, the gateway per request.',
  ),
  lbStickySessionEnabled: flag(
    'LB_STICKY_SESSION_ENABLED',
    false,
    'tcp mode: consistent-hash on the client address; http mode: a signed cookie.',
  ),
  gatewayProcesses: integer('GATEWAY_PROCESSES', 1, [1, 16], 'processes', 'http mode: how many processes balance.'),
  lbMaxconn: integer(
    'LB_MAXCONN',
    0,
    [0, 1_000_000],
    'requests; 0 = no limit',
    'http mode: requests that one worker gets at once; others wait.',
  ),
  lbMaxqueue: integer('LB_MAXQUEUE', 1024, [0, 1_000_000], 'requests', 'http mode: requests that wait at most.'),
  lbWeights: list(
    'LB_WEIGHTS',
    'whole numbers from 1 to 9999, separated by commas',
    /^[1-9]\d{0,3}$/,
    'Weights of worker slots 0, 1, … for weighted policies; the rest weigh 1.',
  ),
  trustedProxies: list(
    'TRUSTED_PROXIES',
    'addresses or CIDR blocks, separated by commas',
    /^[0-9a-f:.]+(\/\d{1,3})?$/i,
    'http mode: peers whose X-Forwarded-* and Forwarded are believed.',
  ),
} satisfies OptionTable;

const scaling = {
  autoScalingEnabled: flag('AUTO_SCALING_ENABLED', true, 'false: the worker count changes by hand only.'),
  scalingMode: oneOf('SCALING_MODE', 'auto', ['auto', 'rules'], 'auto: demand model and rules; rules: rules alone.'),
  scalingRulesFile: text('SCALING_RULES_FILE', '', 'JSON file of rules; empty: the shipped config/scaling-rules.json.'),
  scalingIntervalMs: integer('SCALING_INTERVAL_MS', 1_000, [100, 600_000], 'ms', 'Time between two observations.'),
  scaleDownStabilizationMs: integer(
    'SCALE_DOWN_STABILIZATION_MS',
    120_000,
    [0, HOUR_MS],
    'ms',
    'A scale-down takes the highest recommendation of this window.',
  ),
  latencyObjectiveMs: integer(
    'LATENCY_OBJECTIVE_MS',
    500,
    [5, 60_000],
    'ms',
    'Response time that requests are to stay below; the demand model plans for it, guards judge by it.',
  ),
  scalingSchedules: text(
    'SCALING_SCHEDULES',
    '',
    'Minimums by the clock (UTC): minute hour day month weekday duration workers; several are separated by semicolons.',
    { allowed: 'entries such as 30 7 * * 1-5 10h 4', pattern: /^[\d\s*,/;mhd-]{0,4096}$/ },
  ),
  manualPinMs: integer(
    'MANUAL_PIN_MS',
    300_000,
    [1_000, 31_536_000_000],
    'ms',
    'How long a manual scaling holds when it names no time.',
  ),
  shadowPolicy: text('SHADOW_POLICY', '', 'File of a policy that is evaluated beside the live one.'),
} satisfies OptionTable;

const operating = {
  managementHost: text(
    'MANAGEMENT_HOST',
    '127.0.0.1',
    'Address of the control API. Other than loopback demands tokens.',
    HOST,
  ),
  managementPort: integer('MANAGEMENT_PORT', 9001, PORT, PORT_UNIT, 'Port of the control API and dashboard.'),
  managementTokens: secret(
    list(
      'MANAGEMENT_TOKENS',
      'role:token with role viewer, operator or admin and a token of 16 characters or more, separated by commas',
      /^(viewer|operator|admin):[^\s,]{16,}$/,
      'Static tokens of the control API.',
    ),
  ),
  managementAllowedHosts: list(
    'MANAGEMENT_ALLOWED_HOSTS',
    'host names, separated by commas',
    /^[a-z0-9._-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i,
    'Further names the control API answers to (Host header).',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    'origins such as https://ops.example, separated by commas',
    /^https?:\/\/[^\s/]+$/i,
    'Web origins that may call the control API.',
  ),
  jwtSecret: secret(text('JWT_SECRET', '', 'Secret of the control API’s JSON web tokens.')),
  internalApiKey: secret(text('INTERNAL_API_KEY', '', 'Key between instances.')),
  monitoringEnabled: flag('MONITORING_ENABLED', true, 'System figures and alerts.'),
  healthChecksEnabled: flag('HEALTH_CHECKS_ENABLED', true, 'The health monitor.'),
  metricsEnabled: flag('METRICS_ENABLED', true, 'GET /metrics.'),
  slackWebhookUrl: secret(text('SLACK_WEBHOOK_URL', '', 'Alerts are posted here.', URL_RULES)),
  alertWebhookUrl: secret(text('ALERT_WEBHOOK_URL', '', 'Alerts are posted here as plain JSON.', URL_RULES)),
  auditLogFile: text('AUDIT_LOG_FILE', '', 'Audit log of changes; empty: beside the runtime socket.'),
} satisfies OptionTable;

const state = {
  stateEnabled: flag('STATE_ENABLED', true, 'The shared state of `tidegate/state`; false: no store is started.'),
  stateMemoryLimit: byteSize(
    'STATE_MEMORY_LIMIT',
    256 * MEBIBYTE,
    'Most the embedded store keeps; beyond it, what has a TTL and was not used for longest goes.',
    MEBIBYTE,
  ),
  stateKeyPrefix: text('STATE_KEY_PREFIX', 'tidegate:', 'Begins every key and channel on Redis.', {
    allowed: 'up to 64 characters without spaces or braces',
    pattern: /^[^\s{}]{0,64}$/,
  }),
  redisEnabled: flag('REDIS_ENABLED', false, 'Shared state on Redis.'),
  redisHost: text('REDIS_HOST', '127.0.0.1', 'Redis host.', HOST),
  redisPort: integer('REDIS_PORT', 6379, [1, 65535], 'TCP port', 'Redis port.'),
  redisPassword: secret(text('REDIS_PASSWORD', '', 'Redis password.')),
  redisDb: integer('REDIS_DB', 0, [0, 1024], 'database', 'Redis database (not in Cluster mode).'),
  redisClusterEnabled: flag('REDIS_CLUSTER_ENABLED', false, 'Redis Cluster.'),
  redisClusterNodes: list(
    'REDIS_CLUSTER_NODES',
    'host:port, separated by commas',
    /^[^\s,]+:\d{1,5}$/,
    'Nodes to begin with.',
  ),
  redisTls: flag('REDIS_TLS', false, 'Connections to Redis are encrypted.'),
  redisReadReplicas: flag('REDIS_READ_REPLICAS', false, 'Plain reads may go to replicas, which may be behind.'),
  redisCommandTimeoutMs: integer(
    'REDIS_COMMAND_TIMEOUT_MS',
    500,
    [10, 60_000],
    'milliseconds',
    'After this a command counts as failed, and the embedded store stands in.',
  ),
} satisfies OptionTable;

const FLEET_NAME = {
  allowed: 'up to 64 letters, digits and . _ -, beginning with a letter or digit',
  pattern: /^(|[A-Za-z0-9][\w.-]{0,63})$/,
};
const TTL_MS = [2_000, 30 * 24 * HOUR_MS] as const;
const FIGURE = [0, 1_000_000_000] as const;

const fleet = {
  fleetName: text('FLEET_NAME', 'fleet', 'Machines of one name share registry and capacity.', FLEET_NAME),
  serverId: text(
    'SERVER_ID',
    '',
    'This machine in the fleet; empty: its host name and this instance’s name.',
    FLEET_NAME,
  ),
  serverHost: text('SERVER_HOST', '', 'Where the fleet reaches this machine; empty: its host name.', {
    allowed: 'a host name or an address',
    pattern: /^[^\s/]*$/,
  }),
  serverLocation: text('SERVER_LOCATION', '', 'Zone of this machine, for placement.', FLEET_NAME),
  fleetTtlMs: integer('FLEET_TTL_MS', 60_000, TTL_MS, 'milliseconds', 'A machine not heard of for this long is gone.'),
  leaseTtlMs: integer(
    'LEASE_TTL_MS',
    60_000,
    TTL_MS,
    'milliseconds',
    'A lease without a heartbeat for this long ends.',
  ),
  maxSlotsPerServer: aliased(
    integer(
      'MAX_SLOTS_PER_SERVER',
      0,
      FIGURE,
      'slots; 0 = none are offered',
      'Slots that this machine offers to leases.',
    ),
    'MAX_TUNNELS_PER_SERVER',
  ),
  maxBandwidthPerSlot: aliased(
    integer('MAX_BANDWIDTH_PER_SLOT', 0, FIGURE, 'Mbit/s; 0 = no limit', 'Most that a slot may be leased.'),
    'MAX_BANDWIDTH_PER_TUNNEL',
  ),
  maxBandwidthPerServer: integer(
    'MAX_BANDWIDTH_PER_SERVER',
    0,
    FIGURE,
    'Mbit/s; 0 = not counted',
    'Bandwidth that this machine offers to leases.',
  ),
  totalSystemCapacity: integer(
    'TOTAL_SYSTEM_CAPACITY',
    0,
    FIGURE,
    'slots; 0 = the sum of the machines',
    'Slots of the whole fleet.',
  ),
  reservedCapacityPercent: integer('RESERVED_CAPACITY_PERCENT', 0, [0, 100], 'percent', 'Part that is never leased.'),
  maxSlotsPerOwner: integer(
    'MAX_SLOTS_PER_OWNER',
    0,
    FIGURE,
    'slots; 0 = no quota',
    'Most slots that one owner may hold.',
  ),
} satisfies OptionTable;

const COMPOSE_NAME = { allowed: 'a name as Compose takes it', pattern: /^[\w.-]{0,128}$/ };

const stack = {
  dockerSocket: text('DOCKER_SOCKET', '/var/run/docker.sock', 'Of the Docker Engine, for `tidegate scaler`.'),
  composeProject: text('COMPOSE_PROJECT', '', 'Compose project whose service is scaled.', COMPOSE_NAME),
  composeService: text(
    'COMPOSE_SERVICE',
    'app',
    'The service; MIN_INSTANCES and MAX_INSTANCES are its containers.',
    COMPOSE_NAME,
  ),
  composeNetwork: text(
    'COMPOSE_NETWORK',
    '',
    'Network on which containers are asked, as the Engine names it; empty: their first.',
    COMPOSE_NAME,
  ),
  instanceManagementPort: integer(
    'INSTANCE_MANAGEMENT_PORT',
    9001,
    [1, 65535],
    'TCP port',
    'Control API of each container.',
  ),
} satisfies OptionTable;

const POSTGRES_URL = {
  allowed: 'an address such as postgres://user:password@host:5432/name',
  pattern: /^(|postgres(ql)?:\/\/\S+)$/,
};

const database = {
  databaseUrl: secret(
    text('DATABASE_URL', '', 'PostgreSQL, for `tidegate/database`; instead of the DB_ variables.', POSTGRES_URL),
  ),
  dbHost: text('DB_HOST', '', 'Host of PostgreSQL; empty with an empty DATABASE_URL: none.', {
    allowed: 'a host name, an address or the directory of a socket',
    pattern: /^\S*$/,
  }),
  dbPort: integer('DB_PORT', 5432, [1, 65535], 'TCP port', 'Port of PostgreSQL.'),
  dbName: text('DB_NAME', '', 'Database; empty: the user’s name.'),
  dbUser: text('DB_USER', '', 'User; empty: the system’s.'),
  dbPassword: secret(text('DB_PASSWORD', '', 'Password.')),
  dbPoolMin: integer('DB_POOL_MIN', 10, [0, 10_000], 'connections', 'Connections that are kept open.'),
  dbPoolMax: integer('DB_POOL_MAX', 50, [1, 10_000], 'connections', 'Most connections.'),
  dbStatementTimeoutMs: integer(
    'DB_STATEMENT_TIMEOUT_MS',
    10_000,
    [1, HOUR_MS],
    'milliseconds',
    'Longest a query may run.',
  ),
  dbConnectTimeoutMs: integer(
    'DB_CONNECT_TIMEOUT_MS',
    3_000,
    [1, 60_000],
    'milliseconds',
    'Longest wait for a connection.',
  ),
  dbMaxReplicaLagMs: integer(
    'DB_MAX_REPLICA_LAG_MS',
    5_000,
    [1, HOUR_MS],
    'milliseconds',
    'A replica further behind is not read from.',
  ),
  dbReplicaUrls: secret(
    list('DB_REPLICA_URLS', 'postgres:// addresses, separated by commas', /^postgres(ql)?:\/\/\S+$/, 'Read replicas.'),
  ),
} satisfies OptionTable;

/** The options by subject, in the order of `.env.scaling.example`. */
export const optionGroups = {
  'The app and the process': app,
  Workers: workers,
  Balancing: balancing,
  Scaling: scaling,
  'Seeing and operating': operating,
  'Shared state': state,
  'Fleet and capacity': fleet,
  Database: database,
  'A stack of containers': stack,
} as const;

export const options = {
  ...app,
  ...workers,
  ...balancing,
  ...scaling,
  ...operating,
  ...state,
  ...fleet,
  ...database,
  ...stack,
} as const;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** The parsed configuration: readonly, complete, in the units the names say. */
export type Config = { readonly [K in keyof typeof options]: ValueOf<(typeof options)[K]> };
export type OptionName = keyof Config;

/** PostgreSQL, for `tidegate/database`. */
import { integer, list, type OptionTable, secret, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

const POSTGRES_URL = {
  allowed: 'an address such as postgres://user:password@host:5432/name',
  pattern: /^(|postgres(ql)?:\/\/\S+)$/,
};

export const database = {
  databaseUrl: secret(
    text('DATABASE_URL', '', 'PostgreSQL, for `tidegate/database`; instead of the DB_ variables.', POSTGRES_URL),
  ),
  dbHost: text('DB_HOST', '', 'Host of PostgreSQL; empty with an empty DATABASE_URL: none.', {
    allowed: 'a host name, an address or the directory of a socket',
    pattern: /^\S*$/,
  }),
  dbPort: integer('DB_PORT', 5432, [1, 65535], 'TCP port', 'Port of PostgreSQL.'),
  dbName: text('DB_NAME', '', 'Database; DB_HOST needs it.'),
  dbUser: text('DB_USER', '', 'User; DB_HOST needs it.'),
  dbPassword: secret(text('DB_PASSWORD', '', 'Password.')),
  dbPoolMin: integer(
    'DB_POOL_MIN',
    10,
    [0, 10_000],
    'connections',
    'Connections that each pool keeps open, on all workers together.',
  ),
  dbPoolMax: integer(
    'DB_POOL_MAX',
    50,
    [1, 10_000],
    'connections',
    'Most connections of each pool, on all workers together.',
  ),
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

/** The app and the process. */
import { byteSize, integer, list, type OptionTable, oneOf, text } from '../option.ts';
import { PORT, PORT_UNIT } from './ranges.ts';

const INSTANCE_NAME = {
  allowed: 'a name of up to 64 letters, digits, spaces and . _ - + @, beginning with a letter or digit',
  pattern: /^(|[A-Za-z0-9][\w .@+-]{0,63})$/,
};

export const app = {
  port: integer('PORT', 3001, PORT, PORT_UNIT, 'Port of the reference app; when set, apps get it as PORT.'),
  nodeEnv: text('NODE_ENV', 'development', 'Passed to the app; production switches logs to JSON.'),
  logLevel: oneOf('LOG_LEVEL', 'info', ['error', 'warn', 'info', 'debug'], 'How much the runtime logs.'),
  logFormat: oneOf('LOG_FORMAT', 'auto', ['auto', 'human', 'json'], 'auto: human on a terminal, JSON otherwise.'),
  logFile: text('LOG_FILE', '', 'Logs of runtime and workers are also written here, as JSON lines.'),
  logFileMaxBytes: byteSize('LOG_FILE_MAX_BYTES', 10_000_000, 'Above this size a new LOG_FILE is begun.', 10_000),
  logFileCount: integer('LOG_FILE_COUNT', 5, [1, 1000], 'files', 'So many LOG_FILEs are kept, the oldest goes first.'),
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

import winston from 'winston';
import type { Config } from '../../config/schema.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** The runtime's log: one line per event, for people on a terminal, JSON elsewhere. */
export interface Log {
  write(level: LogLevel, message: string, fields?: object): void;
  /** A line of a worker's own output. */
  workerLine(source: string, stream: 'stdout' | 'stderr', text: string): void;
  readonly human: boolean;
}

const COLORS: Readonly<Record<string, string>> = { error: '31', warn: '33', info: '36', debug: '90' };
const WORKER_COLORS = ['32', '35', '34', '33', '36', '92', '95', '94'];

/** Writes to `out`; `isTerminal` and NO_COLOR decide on colors, LOG_FORMAT=auto on the format. */
export function createLog(
  config: Pick<Config, 'logLevel' | 'logFormat' | 'nodeEnv'>,
  out: NodeJS.WritableStream,
  terminal: { readonly isTerminal: boolean; readonly noColor: boolean },
): Log {
  const auto = terminal.isTerminal && config.nodeEnv !== 'production' ? 'human' : 'json';
  const human = (config.logFormat === 'auto' ? auto : config.logFormat) === 'human';
  const paint = (code: string, text: string): string =>
    terminal.isTerminal && !terminal.noColor ? `\x1b[${code}m${text}\x1b[0m` : text;
  const { combine, timestamp, json, printf } = winston.format;
  const logger = winston.createLogger({
    level: config.logLevel,
    format: human
      ? combine(
          timestamp({ format: 'HH:mm:ss' }),
          printf(({ timestamp: at, level, message }) => {
            return `${paint('90', String(at))} ${paint(COLORS[level] ?? '0', level.padEnd(5))} ${message}`;
          }),
        )
      : combine(timestamp(), json()),
    transports: [new winston.transports.Stream({ stream: out })],
  });
  return {
    human,
    write: (level, message, fields = {}) => {
      // As one object: winston would take "%d" in a message for a format, and add a field named `message` to it.
      logger.log({ ...(human ? {} : fields), level, message });
    },
    workerLine: (source, stream, text) => {
      if (human) {
        const number = Number(source.slice(1)) || 0;
        const color = WORKER_COLORS[number % WORKER_COLORS.length] as string;
        out.write(`${paint(color, `${source.padEnd(3)} |`)} ${text}\n`);
      } else {
        out.write(
          `${JSON.stringify({ level: 'info', source, stream, message: text, timestamp: new Date().toISOString() })}\n`,
        );
      }
    },
  };
}

import type { Config } from '../../config/schema.ts';
import type { Log } from './logger.ts';
import { RotatingFile } from './rotating-file.ts';

const LEVELS = ['error', 'warn', 'info', 'debug'];

/** The same log, written to LOG_FILE too where one is configured. */
export function withLogFile(
  log: Log,
  config: Pick<Config, 'logFile' | 'logFileMaxBytes' | 'logFileCount' | 'logLevel'>,
): Log {
  if (config.logFile === '') return log;
  const file = new RotatingFile({
    path: config.logFile,
    maxBytes: config.logFileMaxBytes,
    count: config.logFileCount,
    onFailure: (error) => log.write('error', `LOG_FILE can't be written: ${error.message}`),
  });
  const record = (fields: object): void =>
    file.line(JSON.stringify({ timestamp: new Date().toISOString(), ...fields }));
  return {
    human: log.human,
    write: (level, message, fields) => {
      log.write(level, message, fields);
      if (LEVELS.indexOf(level) <= LEVELS.indexOf(config.logLevel)) record({ ...fields, level, message });
    },
    workerLine: (source, stream, text) => {
      log.workerLine(source, stream, text);
      record({ level: 'info', source, stream, message: text });
    },
  };
}

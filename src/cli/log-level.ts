/** How serious a line of a log is: what it says itself, or else where it was written. Pure. */
import type { LogLine } from '../ipc/status.ts';

/** The most serious first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const WORDS: Readonly<Record<string, LogLevel | undefined>> = {
  __proto__: null as never,
  fatal: 'error',
  critical: 'error',
  crit: 'error',
  err: 'error',
  error: 'error',
  warning: 'warn',
  warn: 'warn',
  notice: 'info',
  info: 'info',
  http: 'info',
  log: 'info',
  verbose: 'debug',
  debug: 'debug',
  trace: 'debug',
  silly: 'debug',
};
/** `ERROR: …`, `[warn] …`, `2026-01-01T00:00:00Z INFO …`: the first word after times and brackets. What parts two times must be there: else there are endless ways to part a line of dashes. */
const PREFIX = /^[\s[(<]*(?:[\d:T.,Z/+-]+(?:[\s\])]+|(?=[[(<])))*[[(<]?([A-Za-z]+)\b/;

export function levelOf({ text, stream }: Pick<LogLine, 'text' | 'stream'>): LogLevel {
  const said = text.startsWith('{') ? levelOfJson(text) : WORDS[PREFIX.exec(text)?.[1]?.toLowerCase() ?? ''];
  return said ?? (stream === 'stderr' ? 'error' : 'info');
}

/** Whether a line is at least as serious. */
export function isAtLeast(line: Pick<LogLine, 'text' | 'stream'>, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(levelOf(line)) <= LOG_LEVELS.indexOf(least);
}

/** Words as winston has them, numbers as pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error. */
function levelOfJson(text: string): LogLevel | undefined {
  let level: unknown;
  try {
    ({ level } = Object(JSON.parse(text)) as { readonly level?: unknown });
  } catch {
    return undefined;
  }
  if (typeof level === 'string') return WORDS[level.toLowerCase()];
  if (typeof level !== 'number') return undefined;
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}

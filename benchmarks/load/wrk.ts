import { spawnSync } from 'node:child_process';
import { outputOf } from '../running.ts';
import { CONNECTIONS, type Load, type LoadResult } from './load.ts';

/** Null when it is not installed. */
export function wrkVersion(): string | null {
  const { stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  return /^wrk \S+/.exec(stdout ?? '')?.[0] ?? null;
}

/** One thread; with `close`, a new connection for each request. */
export function wrk(generator: string, close: boolean): Load {
  return {
    generator,
    run: async (port, seconds) => {
      const header = close ? ['-H', 'Connection: close'] : [];
      const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, ...header, `http://127.0.0.1:${port}/`];
      return parseWrk(await outputOf(['wrk', ...args]));
    },
  };
}

const SECONDS = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const;

/** Reads wrk's report. @throws Error when it is none */
export function parseWrk(text: string): LoadResult {
  const summary = /(\d+) requests in ([\d.]+)(us|ms|s|m|h),/.exec(text);
  if (summary === null) throw new Error(`not a report of wrk: ${JSON.stringify(text.slice(0, 200))}`);
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  const failed = /Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? '0';
  const errors = [...(socketErrors?.slice(1) ?? []), failed].reduce((sum, count) => sum + Number(count), 0);
  const seconds = Number(summary[2]) * SECONDS[summary[3] as keyof typeof SECONDS];
  return { requests: Number(summary[1]), seconds, errors };
}

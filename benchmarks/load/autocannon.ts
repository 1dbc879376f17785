import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { outputOf } from '../running.ts';
import { CONNECTIONS, type Load, type LoadResult } from './load.ts';

const program = createRequire(import.meta.url).resolve('autocannon');

/** Where wrk is not installed. It takes several times the CPU, so it may be what limits the figures. */
export function autocannon(close: boolean): Load {
  const { version } = JSON.parse(readFileSync(path.join(path.dirname(program), 'package.json'), 'utf8'));
  return {
    generator: `autocannon ${version}`,
    run: async (port, seconds) => {
      const header = close ? ['-H', 'Connection: close'] : [];
      const args = ['-j', '-c', String(CONNECTIONS), '-d', String(seconds), ...header, `http://127.0.0.1:${port}/`];
      return parseAutocannon(await outputOf([process.execPath, program, ...args]));
    },
  };
}

/** Reads the JSON report. */
export function parseAutocannon(text: string): LoadResult {
  const { duration, errors, non2xx, ...counts } = JSON.parse(text) as Record<string, number>;
  const { '2xx': good = 0 } = counts;
  return { requests: good, seconds: duration ?? 0, errors: (errors ?? 0) + (non2xx ?? 0) };
}

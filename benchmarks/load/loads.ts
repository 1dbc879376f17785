import type { SuiteName } from '../options.ts';
import type { LoadSuite } from '../suites/load-suite.ts';
import { autocannon } from './autocannon.ts';
import type { Load } from './load.ts';
import { webSocketEcho } from './websocket.ts';
import { wrk } from './wrk.ts';

const HTTP = { app: 'http.cjs', unit: 'requests' } as const;

/**
 * The loads that were asked for, in the order they are measured.
 * @param wrkVersion null where wrk is missing
 */
export function loadSuites(asked: readonly SuiteName[], wrkVersion: string | null): LoadSuite[] {
  const http = (close: boolean): Load => (wrkVersion === null ? autocannon(close) : wrk(wrkVersion, close));
  const short = (workers: number): LoadSuite => ({
    ...HTTP,
    name: 'short',
    unit: 'connections',
    title: `A connection per request, ${workers} workers`,
    load: http(true),
    workers,
  });
  const all: LoadSuite[] = [
    { ...HTTP, name: 'keepalive', title: 'Keep-alive, 2 workers', load: http(false), workers: 2 },
    short(2),
    short(4),
    {
      name: 'ws',
      app: 'websocket.cjs',
      unit: 'messages',
      title: 'WebSocket echo, 2 workers',
      load: webSocketEcho,
      workers: 2,
    },
  ];
  return all.filter(({ name }) => asked.includes(name));
}

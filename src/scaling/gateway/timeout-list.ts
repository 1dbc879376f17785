import type { LoadBalancerOptions } from './options.ts';
import type { TimeoutOptions } from './timeouts.ts';

const NAMES: Readonly<Record<string, keyof TimeoutOptions>> = {
  client: 'clientMs',
  connect: 'connectMs',
  server: 'serverMs',
  queue: 'queueMs',
  tunnel: 'tunnelMs',
  'http-request': 'httpRequestMs',
  'http-keep-alive': 'httpKeepAliveMs',
};

/** Timeouts as `LB_TIMEOUTS` writes them, `server=30000` and for a path `/reports:server=300000`, as options. */
export function timeoutOptions(entries: readonly string[]): Pick<LoadBalancerOptions, 'timeouts' | 'routes'> {
  const timeouts: Record<string, number> = {};
  const byPath = new Map<string, Record<string, number>>();
  for (const entry of entries) {
    const [, path, name = '', value] = /^(?:(\/[^:]*):)?([a-z-]+)=(\d+)$/.exec(entry) ?? [];
    const own = path === undefined ? timeouts : (byPath.get(path) ?? {});
    own[NAMES[name] ?? name] = Number(value);
    if (path !== undefined) byPath.set(path, own);
  }
  return { timeouts, routes: [...byPath].map(([path, ownTimeouts]) => ({ path, timeouts: ownTimeouts })) };
}

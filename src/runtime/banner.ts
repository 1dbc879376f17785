import { availableParallelism } from 'node:os';
import type { ClusterStatus } from '../ipc/status.ts';

/** Where things are and what to try next, once the first worker is ready. */
export function banner(status: ClusterStatus, controlUrl: string, version: string): string[] {
  const app = status.addresses.map(toUrl);
  const port = new URL(controlUrl).port;
  return [
    '',
    `  Tidegate ${version} runs ${status.name}: ${status.ready} of ${status.desired} workers ready on ${availableParallelism()} cores`,
    '',
    ...app.map((url) => `  app          ${url}`),
    ...(app.length === 0 ? ['  app          does not listen (supervised, not balanced)'] : []),
    `  dashboard    ${controlUrl}/`,
    `  control API  ${controlUrl}/cluster/status   (all paths: ${controlUrl}/openapi.json)`,
    '',
    '  try          tidegate status  ·  tidegate scale +1  ·  tidegate reload  ·  tidegate explain',
    `               curl -X POST localhost:${port}/scaling/manual -H 'Content-Type: application/json' -d '{"instances": 4}'`,
    '  stop         Ctrl-C (drains first)',
    '',
  ];
}

/** `[::]:3001` → `http://localhost:3001`; a path stays a path. */
function toUrl(address: string): string {
  const split = address.lastIndexOf(':');
  if (address.startsWith('/') || split < 0) return address;
  const host = address.slice(0, split);
  const everywhere = host === '[::]' || host === '0.0.0.0' || host === '127.0.0.1';
  return `http://${everywhere ? 'localhost' : host}:${address.slice(split + 1)}`;
}

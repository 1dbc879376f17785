import { getSystemErrorMap } from 'node:util';
import type { ClusterListenOptions } from './internals.ts';

/**
 * The error of a `listen()` that the primary could not fulfil, as the app gets it without us. Node's cluster module says
 * `bind` where a single process says `listen`, which apps look at: express-generator's `onError` rethrows all others.
 *
 * @param errno negative, as of libuv
 */
export function listenError(errno: number, { address, port }: ClusterListenOptions): NodeJS.ErrnoException {
  const [code, description] = getSystemErrorMap().get(errno) ?? [`errno ${errno}`, 'unknown error'];
  const host = address ?? '::';
  const where = port !== null && port > 0 ? `${host}:${port}` : host;
  const error = new Error(`listen ${code}: ${description} ${where}`);
  return Object.assign(error, { code, errno, syscall: 'listen', address: host, ...(port ? { port } : {}) });
}

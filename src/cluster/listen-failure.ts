import { getSystemErrorName } from 'node:util';
import type { ListenQuery } from '../ipc/protocol.ts';

/** Why the primary could not bind what an app wanted to listen on, in words, with what to do about it. */
export function listenFailure({ address, port, addressType }: ListenQuery, errno: number): string {
  const where = addressType === -1 ? `${address}` : `port ${port}${address === null ? '' : ` of ${address}`}`;
  const name = getSystemErrorName(errno);
  if (name === 'EADDRINUSE')
    return `${where} is taken (${name}); end what has it, or let the app listen elsewhere (PORT)`;
  if (name === 'EACCES')
    return `${where} is not allowed to this user (${name}); take a port from 1024 on, or grant CAP_NET_BIND_SERVICE`;
  if (name === 'EADDRNOTAVAIL') return `${where}: no interface of this machine has that address (${name})`;
  return `it can’t listen on ${where} (${name})`;
}

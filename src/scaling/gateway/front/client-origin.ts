import type { Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import type { ForwardedIdentity } from '../../../ipc/forwarded-identity.ts';
import { type NetworkList, plainAddress } from '../../../ipc/network-list.ts';
import type { Endpoint } from '../../../ipc/proxy-header.ts';
import type { ClientLines } from '../wire/forward-request.ts';

/** Who a client is; the same for all its connection's requests. */
export interface ClientOrigin {
  readonly client: Endpoint;
  /** Where it has connected to. */
  readonly server: Endpoint;
  /** A proxy has said so. */
  readonly told: boolean;
  readonly lines: ClientLines;
}

/** @param told the client as a proxy has named it; null: it is the one at the other end of `socket` */
export function originOf(
  socket: Socket,
  told: Endpoint | null,
  proto: 'http' | 'https',
  trusted: NetworkList,
  identity: ForwardedIdentity | undefined,
): ClientOrigin {
  const address = plainAddress(told?.address ?? socket.remoteAddress ?? 'unknown');
  const port = told?.port ?? socket.remotePort ?? 0;
  const localPort = socket.localPort ?? 0;
  return {
    client: { address, port },
    server: { address: plainAddress(socket.localAddress ?? ''), port: localPort },
    told: told !== null,
    lines: {
      address,
      node: isIPv6(address) ? `"[${address}]"` : address,
      proto,
      trusted: trusted.has(address),
      identityLine: identity?.line({ address, port, proto, localPort }) ?? '',
    },
  };
}

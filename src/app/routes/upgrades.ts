/** Upgrades to WebSockets, by path. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Router } from 'express';
import { UpgradeRequiredError } from '../errors.ts';

/** Notices peers that vanished without a word. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** What serves the WebSockets of one path. */
export interface UpgradeEndpoint {
  /** Takes the socket over: accepts it, or calls `refuseUpgrade`. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes its WebSockets with 1001. */
  close(): void;
}

export interface Upgrades {
  /** Closes every WebSocket with 1001, and lets no more in. */
  close(): void;
}

/** Serves upgrades on `server`; those to other paths are answered with 404. */
export function serveUpgrades(server: Server, endpoints: Readonly<Record<string, UpgradeEndpoint>>): Upgrades {
  const byPath = new Map(Object.entries(endpoints));
  let closed = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const endpoint = byPath.get(request.url?.split('?', 1)[0] ?? '');
    if (closed) refuseUpgrade(socket, '503 Service Unavailable');
    else if (endpoint === undefined) refuseUpgrade(socket, '404 Not Found');
    else {
      request.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      endpoint.accept(request, socket, head);
    }
  });
  return {
    close: () => {
      closed = true;
      for (const endpoint of byPath.values()) endpoint.close();
    },
  };
}

/** @param status such as `404 Not Found` */
export function refuseUpgrade(socket: Duplex, status: string): void {
  // The peer may be gone already; there is nobody left to tell.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** What plain requests to these paths get. */
export function upgradeRoutes(...paths: string[]): Router {
  const router = Router();
  router.all(paths, () => {
    throw new UpgradeRequiredError();
  });
  return router;
}

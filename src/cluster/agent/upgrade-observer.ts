import type { IncomingMessage } from 'node:http';
import type { ClusterServer, HttpSocket } from './internals.ts';

/** Sees the upgrades of a server. Our listener comes and goes with the app's: a server without any answers upgrades as ordinary requests. */
export function observeUpgrades(
  server: ClusterServer,
  onUpgrade: (request: IncomingMessage, socket: HttpSocket) => void,
): void {
  let observed = false;
  const follow = (event: string, listener: unknown): void => {
    if (event !== 'upgrade' || observed || listener === onUpgrade) return;
    observed = true;
    server.prependListener('upgrade', onUpgrade);
  };
  const unfollow = (event: string, listener: unknown): void => {
    if (event !== 'upgrade' || !observed) return;
    if (listener === onUpgrade) observed = false;
    else if (server.listenerCount('upgrade') === 1) server.off('upgrade', onUpgrade);
  };
  if (server.listenerCount('upgrade') > 0) follow('upgrade', null);
  server.on('newListener', follow);
  server.on('removeListener', unfollow);
}

import type { Connection } from './connection-state.ts';

/**
 * Leaves it to the gateway to end its connection while no request is on it. A worker that was busy for a while sees its own idle
 * timers expire before it reads what has come meanwhile: closing then would reset a request that the gateway has sent already, and one
 * that is not idempotent can't be sent again. The gateway gives idle connections up by itself, so none stays for ever.
 */
export function leaveIdleToGateway(connection: Connection): void {
  const { socket } = connection;
  const setTimeoutOfNode = socket.setTimeout.bind(socket);
  socket.setTimeout = (timeoutMs, listener) => {
    const isIdle = connection.requestsStarted === connection.requestsFinished && !connection.upgraded;
    return setTimeoutOfNode(isIdle ? 0 : timeoutMs, listener);
  };
  setTimeoutOfNode(0);
}

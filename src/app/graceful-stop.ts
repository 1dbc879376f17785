/** The way out: finish what is under way, then go. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Stoppable {
  readonly server: Server;
  /** Aborted first, so that long responses come to their end. */
  readonly stopping: AbortController;
  /** Closes the WebSockets in order. */
  readonly closeWebSockets: () => void;
  /** Ends what goes on besides requests, once there are none any more. */
  readonly finish: () => Promise<void>;
  /** What is still open after this is cut. */
  readonly deadlineMs: number;
}

const SILENT_GRACE_MS = 500;
/** For what is left when the last connection is closed; a dependency that hangs must not keep the process. */
const FINISH_DEADLINE_MS = 3_000;

/**
 * On SIGTERM or SIGINT the server stops accepting, WebSockets are closed with 1001, open requests are finished, and the process
 * exits with 0. A second signal, or the deadline, cuts what is left.
 */
export function stopOnSignals(app: Stoppable): void {
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };

  const stop = (signal: NodeJS.Signals): void => {
    if (app.stopping.signal.aborted) {
      cut();
      return;
    }
    console.log(`${signal}: stopping`);
    app.stopping.abort();
    app.server.close(() => {
      const leave = (): never => process.exit(0);
      app.finish().then(leave, (error: unknown) => {
        console.error(error);
        leave();
      });
      setTimeout(leave, FINISH_DEADLINE_MS);
    });
    app.closeWebSockets();
    // A connection that never spoke is none that server.close() calls idle; browsers open such ahead of need. One that has only just
    // been accepted may have a request on its way.
    setTimeout(() => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }, SILENT_GRACE_MS);
    setTimeout(() => {
      console.error(`stopping took more than ${app.deadlineMs} ms: ${sockets.size} connection(s) cut`);
      cut();
    }, app.deadlineMs).unref();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

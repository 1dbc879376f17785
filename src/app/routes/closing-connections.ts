/**
 * Middleware: once the app is stopping, no connection is kept alive. `server.close()` ends the connections that are idle at
 * that moment; one that is busy then would stay open after its response, until its keep-alive time is over.
 */
import type { RequestHandler, Response } from 'express';

export function closingConnections(stopping: AbortSignal): RequestHandler {
  const open = new Set<Response>();
  const announceClose = (response: Response): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  stopping.addEventListener('abort', () => open.forEach(announceClose), { once: true });

  return (request, response, next) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    if (stopping.aborted) announceClose(response);
    // The head may have been sent with keep-alive before the stop; `end` lets what is queued go out first.
    response.once('finish', () => {
      if (stopping.aborted) request.socket.end();
    });
    next();
  };
}

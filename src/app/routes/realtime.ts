/** The WebSocket `/realtime`: partners, messages and signalling, for logged-in users. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request, RequestHandler } from 'express';
import { type WebSocket, WebSocketServer } from 'ws';
import { asDependencyError } from '../dependency-error.ts';
import type { User } from '../services/accounts.ts';
import type { RealtimeHub } from '../services/realtime/hub.ts';
import type { Member, RealtimeConnection } from '../services/realtime/member.ts';
import { Rhythm } from '../services/rhythm.ts';
import { CLOSE_GOING_AWAY, CLOSE_LOGGED_OUT, CLOSE_TRY_AGAIN_LATER, MAX_MESSAGE_BYTES } from './close-codes.ts';
import { isSameSite } from './same-site.ts';
import { sessionName, sessionOf } from './sessions.ts';
import { refuseUpgrade, type UpgradeEndpoint } from './upgrades.ts';

/** Proxies cut connections on which nothing moves, usually after a minute; and who does not answer is gone. */
const PING_MS = 20_000;

export interface RealtimeParts {
  readonly hub: RealtimeHub;
  readonly session: RequestHandler;
}

/** @param open gives the parts once they are there */
export function realtimeEndpoint(open: () => Promise<RealtimeParts>): UpgradeEndpoint {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  const answered = new WeakSet<WebSocket>();
  let closed = false;

  const pings = new Rhythm(
    PING_MS,
    () => {
      for (const webSocket of sockets.clients) {
        if (!answered.delete(webSocket)) webSocket.terminate();
        else webSocket.ping();
      }
    },
    (error) => console.error(error),
  );

  const admit = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const parts = await open();
    await loadSession(parts.session, request);
    const { user } = sessionOf(request as Request);
    if (user === undefined) return refuseUpgrade(socket, '401 Unauthorized');
    if (closed) return refuseUpgrade(socket, '503 Service Unavailable');
    if (socket.destroyed) return;
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      pings.start();
      answered.add(webSocket);
      webSocket.on('pong', () => answered.add(webSocket));
      serve(webSocket, parts.hub, user, sessionName((request as Request).sessionID));
    });
  };

  return {
    accept: (request, socket, head) => {
      if (!isSameSite(request)) return refuseUpgrade(socket, '403 Forbidden');
      // Until the session is there, nobody else listens to the socket.
      const onError = (): unknown => socket.destroy();
      socket.on('error', onError);
      admit(request, socket, head)
        .catch((error: unknown) => {
          const isKnown = asDependencyError(error) !== undefined;
          if (!isKnown) console.error(error);
          refuseUpgrade(socket, isKnown ? '503 Service Unavailable' : '500 Internal Server Error');
        })
        .finally(() => socket.off('error', onError));
    },
    close: () => {
      closed = true;
      pings.stop();
      for (const webSocket of sockets.clients) webSocket.close(CLOSE_GOING_AWAY, 'the app is stopping');
    },
  };
}

/** The middleware reads the request alone; the response it would set a cookie on is never sent. */
function loadSession(session: RequestHandler, request: IncomingMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (error?: unknown): void => (error === undefined ? resolve() : reject(error));
    const handling: unknown = session(request as Request, new ServerResponse(request) as never, next);
    if (handling instanceof Promise) handling.catch(reject);
  });
}

function serve(webSocket: WebSocket, hub: RealtimeHub, user: User, session: string): void {
  const connection: RealtimeConnection = {
    send: (text) => {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(text);
    },
    bufferedBytes: () => webSocket.bufferedAmount,
    dropSlowReader: () => webSocket.close(CLOSE_TRY_AGAIN_LATER, 'messages are not read fast enough'),
    closeLoggedOut: () => webSocket.close(CLOSE_LOGGED_OUT, 'logged out'),
  };
  webSocket.on('error', () => undefined);
  // What the page says before it is let in waits in the network.
  webSocket.pause();
  hub.join(user, session, connection).then(
    (member) => attend(webSocket, hub, member),
    (error: unknown) => {
      const known = asDependencyError(error);
      if (known === undefined) console.error(error);
      const { code, message } = known ?? { code: 'INTERNAL_ERROR', message: 'the app failed; its log says why' };
      connection.send(JSON.stringify({ type: 'error', code, message }));
      webSocket.close(CLOSE_TRY_AGAIN_LATER, code);
      webSocket.resume();
    },
  );
}

function attend(webSocket: WebSocket, hub: RealtimeHub, member: Member): void {
  webSocket.on('message', (data) => hub.receive(member, data.toString()));
  if (webSocket.readyState === webSocket.CLOSED) void hub.leave(member);
  else webSocket.once('close', () => void hub.leave(member));
  webSocket.resume();
}

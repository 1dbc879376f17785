/** The WebSocket `/ws`: echo, and chat among those connected to this worker. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Router } from 'express';
import { type WebSocket, WebSocketServer } from 'ws';
import { UpgradeRequiredError } from '../errors.ts';
import type { ChatConnection, ChatRoom } from '../services/chat-room.ts';

const MAX_MESSAGE_BYTES = 65_536;
/** Notices peers that vanished without a word. */
const TCP_KEEP_ALIVE_MS = 60_000;

/** Close codes of RFC 6455 and the IANA registry. */
const CLOSE_GOING_AWAY = 1001;
const CLOSE_TRY_AGAIN_LATER = 1013;

export interface ChatEndpoint {
  /** Closes every WebSocket with 1001, and lets no more in. */
  close(): void;
}

/** What a plain request to `/ws` gets. */
export function chatRoutes(): Router {
  const router = Router();
  router.all('/ws', () => {
    throw new UpgradeRequiredError();
  });
  return router;
}

/** Serves upgrades to `/ws` on `server`; other upgrades are answered with 404. */
export function attachChat(server: Server, room: ChatRoom): ChatEndpoint {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  let closed = false;

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (closed) refuse(socket, '503 Service Unavailable');
    else if (request.url?.split('?', 1)[0] !== '/ws') refuse(socket, '404 Not Found');
    else {
      request.socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
      sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, room));
    }
  });

  return {
    close: () => {
      closed = true;
      for (const webSocket of sockets.clients) webSocket.close(CLOSE_GOING_AWAY, 'the app is stopping');
    },
  };
}

function welcome(webSocket: WebSocket, room: ChatRoom): void {
  const connection: ChatConnection = {
    send: (text) => {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(text);
    },
    bufferedBytes: () => webSocket.bufferedAmount,
    dropSlowReader: () => webSocket.close(CLOSE_TRY_AGAIN_LATER, 'messages are not read fast enough'),
  };
  webSocket.on('message', (data) => room.receive(connection, data.toString()));
  webSocket.once('close', () => room.leave(connection));
  // A frame that breaks the protocol: ws closes the connection with the fitting code by itself; unheard, the event would throw.
  webSocket.on('error', () => undefined);
  room.join(connection);
}

function refuse(socket: Duplex, status: string): void {
  // The peer may be gone already; there is nobody left to tell.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

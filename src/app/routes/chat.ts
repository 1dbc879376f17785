/** The WebSocket `/ws`: echo, and chat among those connected to this worker. */
import { type WebSocket, WebSocketServer } from 'ws';
import type { ChatConnection, ChatRoom } from '../services/chat-room.ts';
import { CLOSE_GOING_AWAY, CLOSE_TRY_AGAIN_LATER, MAX_MESSAGE_BYTES } from './close-codes.ts';
import type { UpgradeEndpoint } from './upgrades.ts';

export function chatEndpoint(room: ChatRoom): UpgradeEndpoint {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  return {
    accept: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, room)),
    close: () => {
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

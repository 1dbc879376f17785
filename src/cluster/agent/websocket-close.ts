import type { HttpSocket } from './internals.ts';

/** RFC 6455: FIN + opcode 8, two bytes of payload: 1012, "service restart", registered with IANA; clients reconnect. */
const CLOSE_1012 = Buffer.from([0x88, 0x02, 0x03, 0xf4]);

/**
 * Asks a WebSocket client to reconnect. Between two ticks every library has written whole frames, so a frame of ours fits in
 * between; the client's answer then closes the app's own WebSocket object with code 1012.
 *
 * @returns false when the handshake has not been answered yet, or the socket is no longer writable.
 */
export function closeWebSocket(socket: HttpSocket): boolean {
  if (!socket.writable || socket.bytesWritten === 0) return false;
  socket.write(CLOSE_1012);
  return true;
}

import { Socket, type SocketConstructorOpts } from 'node:net';
import { type ProxyHeader, ProxyHeaderError, readProxyHeader } from './proxy-header.ts';

/** A proxy that has connected and says nothing for this long is given up. */
const PREFACE_MS = 5_000;

/**
 * Reads the PROXY header that a trusted peer must begin with. The socket is paused when `then` is called; `rest` are bytes behind the
 * header. A peer that sends something else, or nothing in time, is cut off: to guess would let clients name their own address.
 *
 * @param then not called when there is no header; `ended` is called in any case
 */
export function readPreface(
  socket: Socket,
  then: (header: ProxyHeader, rest: Buffer) => void,
  ended: () => void = () => {},
): void {
  let received: Buffer = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), PREFACE_MS).unref();
  const stop = (): void => {
    clearTimeout(late);
    socket.off('data', onData);
    socket.off('error', ignore);
    socket.off('end', onEnd);
    socket.off('close', onEnd);
  };
  const ignore = (): void => {}; // 'close' follows
  const onEnd = (): void => {
    stop();
    ended();
    socket.on('error', ignore).destroy();
  };
  const onData = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    let header: ProxyHeader | undefined;
    try {
      header = readProxyHeader(received);
    } catch (error) {
      if (!(error instanceof ProxyHeaderError)) throw error;
      onEnd();
      return;
    }
    if (header === undefined) return;
    socket.pause();
    stop();
    try {
      then(header, received.subarray(header.bytes));
    } finally {
      ended(); // behind it: in between nobody would know of the connection
    }
  };
  socket.on('data', onData);
  socket.on('error', ignore);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
}

/** A connection of Node's own bindings that nobody has made a socket of. */
interface RawConnection {
  reading?: boolean;
  readStop?(): number;
}

/** The same for a native handle, which is as it was before, but for the bytes that have been read. */
export function readPrefaceOf(
  handle: object,
  then: (header: ProxyHeader, rest: Buffer) => void,
  ended: () => void = () => {},
): void {
  const socket = new Socket({ handle } as SocketConstructorOpts);
  readPreface(
    socket,
    (header, rest) => {
      const raw = handle as RawConnection;
      raw.readStop?.();
      raw.reading = false;
      (socket as unknown as { _handle: object | null })._handle = null;
      socket.destroy();
      then(header, rest);
    },
    ended,
  );
}

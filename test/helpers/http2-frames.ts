import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';

export const FRAME = {
  data: 0,
  headers: 1,
  rst: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A client of HTTP/2 that sends whatever it is told to, frame by frame. */
export class FrameClient {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  closed = false;
  #pending = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number): Promise<FrameClient> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    await once(socket, 'secureConnect');
    const client = new FrameClient(socket);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    client.send(FRAME.settings, 0, 0);
    return client;
  }

  send(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): boolean {
    return this.socket.write(frame(type, flags, stream, payload));
  }

  /** A request's fields, names and values in turns. */
  request(stream: number, fields: readonly string[], flags: number = FLAG.endHeaders | FLAG.endStream): void {
    this.send(FRAME.headers, flags, stream, headerBlock(fields));
  }

  /** Codes with which a stream was reset, or the connection was told to end (stream 0). */
  codes(stream: number): number[] {
    return this.frames
      .filter((one) => (stream === 0 ? one.type === FRAME.goaway : one.type === FRAME.rst && one.stream === stream))
      .map(({ payload }) => payload.readUInt32BE(stream === 0 ? 4 : 0));
  }

  answered(stream: number): boolean {
    return this.frames.some((one) => one.stream === stream && one.type === FRAME.headers);
  }

  #read(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 9) {
      const bytes = this.#pending.readUIntBE(0, 3);
      if (this.#pending.length < 9 + bytes) return;
      this.frames.push({
        type: this.#pending.readUInt8(3),
        flags: this.#pending.readUInt8(4),
        stream: this.#pending.readUInt32BE(5),
        payload: this.#pending.subarray(9, 9 + bytes),
      });
      this.#pending = this.#pending.subarray(9 + bytes);
    }
  }
}

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** As literals without an index and without Huffman's code: the bytes are what they are. */
export function headerBlock(fields: readonly string[]): Buffer {
  const pieces: Buffer[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    pieces.push(Buffer.from([0]), literal(fields[index] as string), literal(fields[index + 1] as string));
  }
  return Buffer.concat(pieces);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = bytes.length < 127 ? [bytes.length] : [127];
  if (bytes.length >= 127) {
    let rest = bytes.length - 127;
    for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

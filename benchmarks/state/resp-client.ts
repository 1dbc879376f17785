import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { KeyValue } from './key-value.ts';

const LINE_END = Buffer.from('\r\n');

/** Redis's protocol with nothing around it: SET, GET, and one write per tick. What a client in JavaScript could reach at best. */
export class RespClient implements KeyValue {
  readonly #socket: Socket;
  readonly #waiting: { readonly resolve: (value: Buffer | null) => void; readonly reject: (error: Error) => void }[] =
    [];
  #out: (string | Buffer)[] = [];
  #rest: Buffer = Buffer.alloc(0);
  /** Its first one still waits; shifting an array for each reply would cost. */
  #first = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  static async connect(path: string): Promise<RespClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RespClient(socket);
  }

  set(key: string, value: Buffer): Promise<unknown> {
    const head = `*5\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n`;
    return this.#send([head, value, '\r\n$2\r\nPX\r\n$5\r\n60000\r\n']);
  }

  get(key: string): Promise<unknown> {
    return this.#send([`*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`]);
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  #send(parts: readonly (string | Buffer)[]): Promise<unknown> {
    if (this.#out.length === 0) process.nextTick(() => this.#flush());
    this.#out.push(...parts);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #flush(): void {
    const parts = this.#out;
    this.#out = [];
    this.#socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
    );
  }

  #read(chunk: Buffer): void {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = buffer.indexOf(LINE_END, at);
      if (end === -1) break;
      const line = buffer.toString('latin1', at, end);
      let next = end + 2;
      let value: Buffer | null = null;
      if (line.startsWith('$') && line !== '$-1') {
        const length = Number(line.slice(1));
        if (buffer.length < next + length + 2) break;
        value = Buffer.from(buffer.subarray(next, next + length));
        next += length + 2;
      }
      at = next;
      this.#answer(line, value);
    }
    this.#rest = buffer.subarray(at);
  }

  #answer(line: string, value: Buffer | null): void {
    const call = this.#waiting[this.#first++];
    if (this.#first === 1024) {
      this.#waiting.splice(0, 1024);
      this.#first = 0;
    }
    if (line.startsWith('-')) call?.reject(new Error(line.slice(1)));
    else call?.resolve(value);
  }
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HttpResponseReader, type ResponseHead } from './http-response-reader.ts';

/** The connection ended, or gave no answer in time, before the whole response had come. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** `END` for an orderly close, `TIMEOUT`, `PROTOCOL`, or the system's code. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface HttpResponse extends ResponseHead {
  /** Empty when the body went to a sink. */
  readonly body: Buffer;
}

interface Expectation {
  readonly sink: ((chunk: Buffer) => void) | null;
  readonly chunks: Buffer[];
  head: ResponseHead | null;
  readonly timer: NodeJS.Timeout;
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

export interface Target {
  readonly port: number;
  /** Over TLS, with whatever certificate the fixture has. */
  readonly tls?: boolean;
}

/** A client connection of which every byte and every end is accounted for. Responses come in the order of their requests. */
export class HttpConnection {
  readonly socket: Socket;
  /** How the server ended the connection; null while it is open, or when this side closed it first. */
  lost: ConnectionLostError | null = null;
  /** The server announced the end with `Connection: close`. */
  announced = false;
  readonly closed: Promise<void>;
  readonly #expected: Expectation[] = [];
  readonly #reader: HttpResponseReader;
  #closing = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    this.#reader = new HttpResponseReader({
      onHead: (head) => this.#onHead(head),
      onBody: (chunk) => this.#onBody(chunk),
      onComplete: () => this.#onComplete(),
    });
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#onLost('END', 'the server closed the connection'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#onLost(error.code ?? 'ERROR', error.message));
    socket.on('close', () => this.#onLost('CLOSED', 'the connection is closed'));
  }

  /** @throws ConnectionLostError when it can't be made */
  static async open({ port, tls = false }: Target): Promise<HttpConnection> {
    const options = { host: '127.0.0.1', port, noDelay: true };
    const socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    try {
      await once(socket, tls ? 'secureConnect' : 'connect');
    } catch (error) {
      socket.destroy();
      throw new ConnectionLostError((error as NodeJS.ErrnoException).code ?? 'ERROR', (error as Error).message);
    }
    return new HttpConnection(socket);
  }

  /** Whether a next request may be sent. */
  get isOpen(): boolean {
    return this.lost === null && !this.announced && !this.#closing;
  }

  write(data: string | Buffer): void {
    this.socket.write(data);
  }

  /**
   * The next response; `sink` gets its body in pieces.
   * @throws ConnectionLostError when the connection ends first, or after `timeoutMs` without a complete response
   */
  response(timeoutMs: number, sink: ((chunk: Buffer) => void) | null = null): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (this.lost !== null) {
        reject(this.lost);
        return;
      }
      const timer = setTimeout(() => {
        this.#onLost('TIMEOUT', `no complete response within ${timeoutMs} ms`);
        this.socket.destroy();
      }, timeoutMs);
      this.#expected.push({ sink, chunks: [], head: null, timer, resolve, reject });
    });
  }

  /** Ends the connection from this side and waits until it is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.socket.end();
    this.socket.resume();
    const late = setTimeout(() => this.socket.destroy(), 1_000);
    await this.closed;
    clearTimeout(late);
  }

  #read(chunk: Buffer): void {
    try {
      if (this.#expected.length === 0) throw new Error(`an answer that nobody asked for: ${chunk.toString('latin1')}`);
      this.#reader.push(chunk);
    } catch (error) {
      this.#onLost('PROTOCOL', (error as Error).message);
      this.socket.destroy();
    }
  }

  #onHead(head: ResponseHead): void {
    const [expectation] = this.#expected;
    if (expectation === undefined) throw new Error('one response more than requests');
    expectation.head = head;
  }

  #onBody(chunk: Buffer): void {
    const [expectation] = this.#expected;
    if (expectation?.sink != null) expectation.sink(chunk);
    else expectation?.chunks.push(chunk);
  }

  #onComplete(): void {
    const expectation = this.#expected.shift();
    if (expectation?.head == null) return;
    clearTimeout(expectation.timer);
    this.announced ||= expectation.head.closes;
    expectation.resolve({ ...expectation.head, body: Buffer.concat(expectation.chunks) });
  }

  /** What is said first counts: an error is followed by an end. */
  #onLost(code: string, message: string): void {
    if (this.lost !== null) return;
    if (this.#closing && this.#expected.length === 0) return;
    this.lost = new ConnectionLostError(code, message);
    for (const expectation of this.#expected.splice(0)) {
      clearTimeout(expectation.timer);
      expectation.reject(this.lost);
    }
  }
}

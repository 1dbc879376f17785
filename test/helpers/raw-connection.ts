import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from './runtime.ts';

/** A TCP client that says exactly what it is told, and keeps what it hears. */
export class RawConnection {
  readonly socket: Socket;
  /** Known to the server as the remote port; 0 until the connection is there. */
  localPort = 0;
  received = '';
  /** The other side has ended, or broken, the connection. */
  ended = false;
  error: Error | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.once('connect', () => {
      this.localPort = socket.localPort as number;
    });
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static async open(port: number, options: { readonly allowHalfOpen?: boolean } = {}): Promise<RawConnection> {
    const connection = RawConnection.begin(port, options);
    await once(connection.socket, 'connect');
    return connection;
  }

  /** Does not wait for the connection: what is written now goes out with it. */
  static begin(port: number, options: { readonly allowHalfOpen?: boolean } = {}): RawConnection {
    return new RawConnection(connect({ port, host: '127.0.0.1', noDelay: true, ...options }));
  }

  /** Sends `lines` as a request head without a body. */
  request(...lines: readonly string[]): void {
    this.socket.write(`${[...lines, '', ''].join('\r\n')}`);
  }

  /** Waits for text that matches, from the beginning or from `from` on. */
  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return until(`${pattern} from the server`, () => {
      const match = pattern.exec(this.received.slice(from));
      if (match === null && this.ended) throw new Error(`the connection has ended after: ${this.received}`);
      return match;
    });
  }

  /** Waits until the server ends the connection; resolves with everything it said. */
  async untilEnd(timeoutMs = 20_000): Promise<string> {
    await until('the server ends the connection', () => this.ended, timeoutMs);
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}

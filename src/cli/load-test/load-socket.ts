/** A WebSocket of a load test. */
import type { WebSocket } from 'ws';
import { StepError } from './step-error.ts';

export interface SocketOptions {
  readonly timeoutMs: number;
  readonly localAddress: string | undefined;
  readonly ca: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

type Message = Readonly<Record<string, unknown>>;

export class LoadSocket {
  readonly #socket: WebSocket;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<(message: Message) => void>();
  readonly #onClose = new Set<(wasAsked: boolean, code: number) => void>();
  #closing = false;
  #closed = false;

  private constructor(socket: WebSocket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on('message', (data, isBinary) => {
      if (isBinary || this.#waiting.size === 0) return;
      let message: unknown;
      try {
        message = JSON.parse(data.toString());
      } catch {
        message = { text: data.toString() };
      }
      for (const waiting of [...this.#waiting]) waiting(Object(message) as Message);
    });
    socket.on('error', () => undefined);
    socket.once('close', (code) => {
      this.#closed = true;
      for (const listener of this.#onClose) listener(this.#closing, code);
    });
  }

  /** @throws StepError when it is not open in time */
  static async open(url: URL, options: SocketOptions): Promise<LoadSocket> {
    // Loaded by journeys that use it only.
    const { WebSocket } = await import('ws');
    const { timeoutMs, localAddress, ca, headers } = options;
    const socket = new WebSocket(url, {
      headers: { ...headers },
      perMessageDeflate: false,
      handshakeTimeout: timeoutMs,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(ca === null ? {} : { ca }),
    });
    return new Promise((resolve, reject) => {
      // Made at once, so that what the server says first is not lost.
      const opened = new LoadSocket(socket, timeoutMs);
      socket.once('open', () => resolve(opened));
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const status = /Unexpected server response: (\d+)/.exec(error.message)?.[1];
        const kind = status === undefined ? (error.code ?? error.message) : `HTTP ${status}`;
        reject(new StepError(/timed out/.test(error.message) ? 'timeout' : kind, error.message, error));
      });
    });
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Sent as JSON. */
  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The next message that `matches`. @throws StepError when none comes in time, or the socket closes */
  receive(matches: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        this.#onClose.delete(closed);
        act();
      };
      const look = (message: Message): void => {
        if (matches(message)) settle(() => resolve(message));
      };
      const closed = (): void => settle(() => reject(new StepError('socket closed')));
      const timer = setTimeout(() => settle(() => reject(new StepError('timeout'))), this.#timeoutMs);
      this.#waiting.add(look);
      this.#onClose.add(closed);
      if (this.#closed) closed();
    });
  }

  /** @param listener told whether `close` was called, and the code */
  onceClosed(listener: (wasAsked: boolean, code: number) => void): void {
    this.#onClose.add(listener);
  }

  close(): Promise<void> {
    this.#closing = true;
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const patience = setTimeout(() => this.#socket.terminate(), 2_000);
      this.#socket.once('close', () => {
        clearTimeout(patience);
        resolve();
      });
      this.#socket.close(1000);
    });
  }
}

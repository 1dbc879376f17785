import type { Duplex } from 'node:stream';

/** A line longer than this is no message of ours: the peer is broken. */
const MAX_LINE_LENGTH = 1 << 20;

/** JSON lines over a stream, in both directions. A line that does not parse is reported and skipped. */
export class ControlChannel<Incoming, Outgoing> {
  readonly #stream: Duplex;
  readonly #onMessage: (message: Incoming) => void;
  readonly #onFault: (problem: string) => void;
  #rest = '';

  constructor(
    stream: Duplex,
    handlers: {
      readonly accept: (value: unknown) => value is Incoming;
      readonly onMessage: (message: Incoming) => void;
      readonly onFault: (problem: string) => void;
      readonly onEnd: () => void;
    },
  ) {
    this.#stream = stream;
    this.#onMessage = handlers.onMessage;
    this.#onFault = handlers.onFault;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => this.#read(chunk, handlers.accept));
    stream.on('error', () => {}); // 'close' follows and says all there is to say
    stream.on('close', handlers.onEnd);
  }

  /** Sends a message; after the peer is gone it is dropped, as the peer's end is reported by `onEnd`. */
  send(message: Outgoing): void {
    if (this.#stream.writable) this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    this.#stream.destroy();
  }

  #read(chunk: string, accept: (value: unknown) => value is Incoming): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > MAX_LINE_LENGTH) {
      this.#onFault(`a line of more than ${MAX_LINE_LENGTH} characters`);
      this.#rest = '';
    }
    for (const line of lines) this.#parse(line, accept);
  }

  #parse(line: string, accept: (value: unknown) => value is Incoming): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      this.#onFault(`not JSON: ${line.slice(0, 100)}`);
      return;
    }
    if (accept(value)) this.#onMessage(value);
    else this.#onFault(`unknown message: ${line.slice(0, 100)}`);
  }
}

/** A complete response head. */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; a repeated header keeps its last value. */
  readonly headers: ReadonlyMap<string, string>;
  /** The server says that it closes the connection after this response. */
  readonly closes: boolean;
}

export interface ResponseListener {
  onHead(head: ResponseHead): void;
  onBody(chunk: Buffer): void;
  /** The response is complete, by its own framing. */
  onComplete(): void;
}

type Position =
  | { readonly at: 'head' | 'chunk-size' | 'chunk-end' | 'trailer' }
  | { readonly at: 'body' | 'chunk'; left: number };

const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';

/**
 * Reads HTTP/1.1 responses, one after another, from bytes in pieces of any size. It knows what a test needs: a status line,
 * `Content-Length` and chunked bodies. Anything else is an error, so that nothing broken is taken for a response.
 */
export class HttpResponseReader {
  readonly #listener: ResponseListener;
  #position: Position = { at: 'head' };
  #rest: Buffer = Buffer.alloc(0);

  constructor(listener: ResponseListener) {
    this.#listener = listener;
  }

  /** Between two responses, with not a byte of a next one read. */
  get isIdle(): boolean {
    return this.#position.at === 'head' && this.#rest.length === 0;
  }

  /** @throws Error when the bytes are no HTTP/1.1 responses with exact framing */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** One step; false when more bytes are needed. */
  #step(): boolean {
    const position = this.#position;
    switch (position.at) {
      case 'head':
        return this.#readHead();
      case 'body':
      case 'chunk':
        return this.#readBody(position);
      case 'chunk-size':
        return this.#readLine((line) => this.#startChunk(line));
      case 'chunk-end':
        return this.#readLine((line) => {
          if (line !== '') throw new Error(`a chunk is longer than it says: ${line.slice(0, 40)}`);
          this.#position = { at: 'chunk-size' };
        });
      case 'trailer':
        return this.#readLine((line) => {
          if (line === '') this.#complete();
        });
    }
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = parseHead(this.#rest.toString('latin1', 0, end));
    this.#rest = this.#rest.subarray(end + HEAD_END.length);
    this.#listener.onHead(head);
    const length = head.headers.get('content-length');
    if (head.headers.get('transfer-encoding') === 'chunked') this.#position = { at: 'chunk-size' };
    else if (length === undefined) throw new Error('a response without Content-Length and not chunked');
    else this.#position = { at: 'body', left: Number(length) };
    return true;
  }

  #readBody(position: { readonly at: 'body' | 'chunk'; left: number }): boolean {
    const taken = this.#rest.subarray(0, position.left);
    this.#rest = this.#rest.subarray(taken.length);
    position.left -= taken.length;
    if (taken.length > 0) this.#listener.onBody(taken);
    if (position.left > 0) return false;
    if (position.at === 'body') this.#complete();
    else this.#position = { at: 'chunk-end' };
    return true;
  }

  #startChunk(line: string): void {
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`not a chunk size: ${line.slice(0, 40)}`);
    const size = Number.parseInt(line, 16);
    this.#position = size === 0 ? { at: 'trailer' } : { at: 'chunk', left: size };
  }

  #readLine(take: (line: string) => void): boolean {
    const end = this.#rest.indexOf(LINE_END);
    if (end < 0) return false;
    const line = this.#rest.toString('latin1', 0, end);
    this.#rest = this.#rest.subarray(end + LINE_END.length);
    take(line);
    return true;
  }

  #complete(): void {
    this.#position = { at: 'head' };
    this.#listener.onComplete();
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split(LINE_END);
  const match = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${statusLine.slice(0, 60)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), headers, closes: headers.get('connection')?.toLowerCase() === 'close' };
}

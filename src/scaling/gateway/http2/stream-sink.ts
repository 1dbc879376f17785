import type { ServerHttp2Stream } from 'node:http2';
import type { ClientSink } from '../front/client-sink.ts';
import { BodyReader } from '../wire/body-reader.ts';
import { FieldTable } from '../wire/field-table.ts';
import { headEnd } from '../wire/head-end.ts';
import { readResponseHead } from '../wire/response-head.ts';
import { type Http2Fields, http2Fields } from './response-fields.ts';

const table = new FieldTable();

/** Takes one response as the gateway writes it, in HTTP/1.1, and gives it to a stream: interim heads → head → body → trailers. */
export class StreamSink implements ClientSink {
  readonly #stream: ServerHttp2Stream;
  readonly #method: string;
  readonly #maxHeadBytes: number;
  /** A head that has come in part. */
  #pending: Buffer | undefined;
  #body: BodyReader | undefined;
  /** The stream waits for the word that nothing, or what, follows the body. */
  #trailersToCome = false;
  /** Buffers were written, which may be slices of somebody's. */
  #borrows = false;
  /** The response is whole before the request was. */
  #resets = false;

  constructor(stream: ServerHttp2Stream, method: string, maxHeadBytes: number) {
    this.#stream = stream;
    this.#method = method;
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** Small answers, which come as text, are nobody's slices: where they were read to is free at once. */
  get writableLength(): number {
    const stream = this.#stream;
    return this.#borrows || stream.writableNeedDrain ? stream.writableLength : 0;
  }

  get writableNeedDrain(): boolean {
    return this.#stream.writableNeedDrain;
  }

  get destroyed(): boolean {
    return this.#stream.destroyed;
  }

  write(bytes: Buffer | string): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return false;
    const isText = typeof bytes === 'string';
    if (!isText) this.#borrows = true;
    const chunk = isText ? Buffer.from(bytes, 'latin1') : bytes;
    if (this.#body === undefined) this.#takeHeads(chunk);
    else this.#takeBody(this.#body, chunk);
    return !stream.writableNeedDrain;
  }

  cork(): void {
    this.#stream.cork();
  }

  uncork(): void {
    this.#stream.uncork();
  }

  /** The response ends by itself, with its body. */
  end(): void {}

  /** Nothing more of the request is taken: once the response is out, the client is told to stop (RFC 9113, 8.1). */
  resetWhenSent(noError: number): void {
    this.#resets = true;
    if (!this.#trailersToCome) this.#stream.close(noError);
  }

  #takeHeads(chunk: Buffer): void {
    let bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = undefined;
    for (;;) {
      const end = headEnd(bytes, 0, this.#maxHeadBytes);
      if (end === -1) {
        this.#pending = bytes;
        return;
      }
      const head = readResponseHead(bytes.toString('latin1', 0, end), this.#method, table);
      const fields = http2Fields(table);
      fields[':status'] = String(head.status);
      if (head.status >= 200) {
        const body = new BodyReader(head.framing, 'payload');
        this.#body = body;
        this.#respond(fields, body, bytes, end);
        return;
      }
      this.#stream.additionalHeaders(fields);
      bytes = bytes.subarray(end);
      if (bytes.length === 0) return;
    }
  }

  /** What is there of the body goes with the head: most responses are whole by then, and need no trailers to be waited for. */
  #respond(fields: Http2Fields, body: BodyReader, bytes: Buffer, from: number): void {
    const stream = this.#stream;
    const pieces: Buffer[] = [];
    if (from < bytes.length) body.read(bytes, from, pieces);
    const whole = body.done && body.trailers === '';
    // Only then is it not said to be whole, should it be broken off: `close()` ends a stream in order before it resets it.
    const waitForTrailers = !whole;
    if (waitForTrailers) {
      this.#trailersToCome = true;
      stream.once('wantTrailers', () => this.#sendTrailers());
    }
    // The Date is the upstream's to say. (`sendDate` is documented, but not in the types.)
    const options = { endStream: whole && pieces.length === 0, sendDate: false, waitForTrailers };
    stream.respond(fields, options);
    this.#send(pieces, body.done);
  }

  #takeBody(body: BodyReader, bytes: Buffer): void {
    const pieces: Buffer[] = [];
    body.read(bytes, 0, pieces);
    this.#send(pieces, body.done);
  }

  #send(pieces: readonly Buffer[], done: boolean): void {
    const stream = this.#stream;
    if (stream.writableEnded) return;
    const last = done ? pieces.length - 1 : pieces.length;
    for (let index = 0; index < last; index++) stream.write(pieces[index] as Buffer);
    // The body's last piece says that it is the last.
    if (done) stream.end(pieces[last]);
  }

  #sendTrailers(): void {
    const stream = this.#stream;
    const lines = this.#body?.trailers ?? '';
    let fields: Http2Fields = {};
    if (lines !== '') {
      table.read(`${lines}\r\n`, 0);
      fields = http2Fields(table);
    }
    this.#trailersToCome = false;
    stream.sendTrailers(fields);
    if (this.#resets) stream.close();
  }
}

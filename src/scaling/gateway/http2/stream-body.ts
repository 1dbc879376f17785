import { fieldLine } from './field-lines.ts';
import { MalformedRequestError } from './malformed-request-error.ts';

const CRLF = Buffer.from('\r\n', 'latin1');

/** A request's body as it would have come over HTTP/1.1: as long as was announced, or in chunks. */
export class StreamBody {
  readonly #announcedBytes: number | undefined;
  #receivedBytes = 0;
  #trailers: readonly string[] = [];

  /** @param announcedBytes undefined: nobody knows */
  constructor(announcedBytes: number | undefined) {
    this.#announcedBytes = announcedBytes;
  }

  /** What `data` is there; empty pieces, which would end a body in chunks, are none. @throws MalformedRequestError when it is too long */
  take(data: Buffer): Buffer {
    this.#receivedBytes += data.length;
    if (this.#announcedBytes === undefined) return data.length === 0 ? data : chunk(data);
    if (this.#receivedBytes > this.#announcedBytes) throw wrongLength();
    return data;
  }

  /** @param fields names and values in turns */
  noteTrailers(fields: readonly string[]): void {
    this.#trailers = fields;
  }

  /** What its end is there. @throws MalformedRequestError when it is too short, or for trailers that are none */
  end(): Buffer {
    if (this.#announcedBytes === undefined) return lastChunk(this.#trailers);
    if (this.#receivedBytes < this.#announcedBytes) throw wrongLength();
    return Buffer.alloc(0);
  }
}

/** In one piece: three writes would cost more than the copy. */
function chunk(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`, 'latin1'), data, CRLF]);
}

function lastChunk(trailers: readonly string[]): Buffer {
  let lines = '';
  for (let index = 0; index < trailers.length; index += 2) {
    const name = trailers[index] as string;
    if (name.startsWith(':')) throw new MalformedRequestError(`${name} behind the body`);
    lines += fieldLine(name, trailers[index + 1] as string);
  }
  return Buffer.from(`0\r\n${lines}\r\n`, 'latin1');
}

function wrongLength(): MalformedRequestError {
  return new MalformedRequestError('the body is not as long as content-length says');
}

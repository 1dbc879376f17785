import { BodyReader } from '../wire/body-reader.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { WireError } from '../wire/wire-error.ts';
import { Replay } from './replay.ts';

/** A request's body on its way through: counted, held to the limit, and kept as long as it may have to be sent again. */
export class RequestBody {
  /** All of it has been taken from the client. */
  done: boolean;
  readonly replay: Replay;
  readonly #reader: BodyReader | undefined;
  readonly #maxBytes: number;

  /** @param maxBytes of payload */
  constructor({ framing, method }: RequestHead, maxBytes: number) {
    this.done = framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0);
    this.#reader = this.done ? undefined : new BodyReader(framing, 'as-framed');
    this.replay = new Replay(method);
    this.#maxBytes = maxBytes;
  }

  /** Of payload, so far. */
  get receivedBytes(): number {
    return this.#reader?.payloadBytes ?? 0;
  }

  tooLarge(): WireError {
    return new WireError('BODY_TOO_LARGE', `the body is longer than ${this.#maxBytes} bytes`);
  }

  /** Takes bytes; what is to be sent is appended to `out`. @returns where the body ended in `chunk`. @throws WireError */
  read(chunk: Buffer, from: number, out: Buffer[]): number {
    const reader = this.#reader as BodyReader;
    const before = out.length;
    const end = reader.read(chunk, from, out);
    if (reader.payloadBytes > this.#maxBytes) throw this.tooLarge();
    this.replay.keep(before === 0 ? out : out.slice(before));
    this.done = reader.done;
    return end;
  }
}

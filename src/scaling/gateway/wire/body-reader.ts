import { ChunkedReader } from './chunked-reader.ts';
import type { Framing } from './framing.ts';

/** How the body is passed on: chunks stay chunks, or payload only (to whom chunks mean nothing). */
export type BodyForm = 'as-framed' | 'payload';

/** Finds a body's end as its bytes pass by. */
export class BodyReader {
  payloadBytes = 0;
  readonly #chunked: ChunkedReader | undefined;
  /** Of a body with a length; infinite until the connection closes. */
  #left: number;

  constructor(framing: Framing, form: BodyForm) {
    this.#chunked = framing.kind === 'chunked' ? new ChunkedReader(form === 'as-framed') : undefined;
    this.#left =
      framing.kind === 'length' ? framing.bytes : framing.kind === 'until-close' ? Number.POSITIVE_INFINITY : 0;
  }

  get done(): boolean {
    return this.#chunked === undefined ? this.#left === 0 : this.#chunked.done;
  }

  /** Lines of the trailers that may be passed on; '' without any, and until the body is done. */
  get trailers(): string {
    return this.#chunked?.trailers ?? '';
  }

  /**
   * Takes bytes from `from` on; what is to be passed on is appended to `out`.
   * @returns where the body ended, or the input's length
   * @throws WireError BAD_CHUNK
   */
  read(input: Buffer, from: number, out: Buffer[]): number {
    if (this.#chunked !== undefined) {
      const end = this.#chunked.read(input, from, out);
      this.payloadBytes = this.#chunked.payloadBytes;
      return end;
    }
    const taken = Math.min(this.#left, input.length - from);
    if (taken > 0) out.push(taken === input.length ? input : input.subarray(from, from + taken));
    this.#left -= taken;
    this.payloadBytes += taken;
    return from + taken;
  }
}

import type { Stored } from './stored.ts';

/** Bytes that are no frame of ours; whoever sent them is hung up on. */
export class MalformedFrameError extends Error {
  override readonly name = 'MalformedFrameError';
  readonly code = 'MALFORMED_FRAME';
}

/** Reads what WireWriter wrote, one frame at a time; one reader serves many frames. */
export class WireReader {
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;

  /** From now on reads `buffer` from `start` to `end`. */
  reset(buffer: Buffer, start: number, end: number): void {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  /** @throws MalformedFrameError like all reads, when the frame is too short */
  byte(): number {
    return this.#buffer[this.#take(1)] as number;
  }

  flag(): boolean {
    return this.byte() !== 0;
  }

  size(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  number(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  /** A number that must be whole and safe. */
  whole(): number {
    const value = this.number();
    if (!Number.isSafeInteger(value)) throw new MalformedFrameError(`${value} stands where a whole number belongs`);
    return value;
  }

  text(): string {
    const length = this.size();
    const start = this.#take(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  stored(): Stored {
    const length = this.size();
    const start = this.#take(length);
    return this.#buffer.toString('latin1', start, start + length);
  }

  /** A copy: a slice would keep everything that came with it alive. */
  bytes(): Buffer {
    const length = this.size();
    const start = this.#take(length);
    return Buffer.from(this.#buffer.subarray(start, start + length));
  }

  texts(): string[] {
    const values: string[] = [];
    for (let left = this.size(); left > 0; left--) values.push(this.text());
    return values;
  }

  /** @throws MalformedFrameError when the frame is longer than what was read */
  end(): void {
    if (this.#at !== this.#end) throw new MalformedFrameError(`${this.#end - this.#at} bytes too many in a frame`);
  }

  #take(bytes: number): number {
    const start = this.#at;
    if (bytes > this.#end - start) throw new MalformedFrameError(`${bytes} bytes expected, ${this.#end - start} left`);
    this.#at = start + bytes;
    return start;
  }
}

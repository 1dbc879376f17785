import { MalformedFrameError, type WireReader } from './wire-reader.ts';

const HEADER_BYTES = 4;
const NO_BYTES = Buffer.alloc(0);

/** Cuts a stream of chunks into frames. A frame in one chunk is not copied; one in several is put together once, when it is complete. */
export class FrameSplitter {
  readonly #mostBytes: number;
  #buffer: Buffer = NO_BYTES;
  #at = 0;
  #later: Buffer[] = [];
  #laterBytes = 0;

  /** `mostBytes`: the longest frame that can be one of ours. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#buffer.length && this.#laterBytes === 0) {
      this.#buffer = chunk;
      this.#at = 0;
      return;
    }
    this.#later.push(chunk);
    this.#laterBytes += chunk.length;
  }

  /** Copies what is left of the newest chunk, whose memory is about to be used again. */
  keep(): void {
    const newest = this.#later.pop();
    if (newest !== undefined) {
      this.#later.push(Buffer.from(newest));
      return;
    }
    this.#buffer = this.#at === this.#buffer.length ? NO_BYTES : Buffer.from(this.#buffer.subarray(this.#at));
    this.#at = 0;
  }

  /** Sets `reader` on the next frame; false: there is no complete one yet. @throws MalformedFrameError for one that is too long */
  next(reader: WireReader): boolean {
    let here = this.#buffer.length - this.#at;
    if (here + this.#laterBytes < HEADER_BYTES) return false;
    if (here < HEADER_BYTES) here = this.#join();
    const length = this.#buffer.readUInt32LE(this.#at);
    if (length > this.#mostBytes) {
      throw new MalformedFrameError(`a frame says that it has ${length} bytes; at most ${this.#mostBytes} are allowed`);
    }
    const whole = HEADER_BYTES + length;
    if (here + this.#laterBytes < whole) return false;
    if (here < whole) this.#join();
    reader.reset(this.#buffer, this.#at + HEADER_BYTES, this.#at + whole);
    this.#at += whole;
    return true;
  }

  /** Returns how many bytes there are then. */
  #join(): number {
    this.#buffer = Buffer.concat([this.#buffer.subarray(this.#at), ...this.#later]);
    this.#at = 0;
    this.#later = [];
    this.#laterBytes = 0;
    return this.#buffer.length;
  }
}

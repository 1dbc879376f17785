/** The least that is got when bytes have to be put together. */
const LEAST_BYTES = 256;

/**
 * Bytes that have come and have not been taken. The first piece is kept as it came; what follows is put behind it in a buffer that
 * grows by doubling, so that a client that sends byte by byte does not have all that it sent copied for each.
 */
export class PendingBytes {
  #bytes: Buffer | undefined;
  /** Begins with `#bytes`, and has room behind them; undefined while they are a piece as it came. */
  #room: Buffer | undefined;

  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  /** Undefined: none. */
  get bytes(): Buffer | undefined {
    return this.#bytes;
  }

  append(chunk: Buffer): void {
    const before = this.#bytes;
    if (before === undefined) {
      this.#bytes = chunk;
      return;
    }
    const length = before.length + chunk.length;
    if (this.#room === undefined || this.#room.length < length) {
      this.#room = Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, length * 2));
      before.copy(this.#room);
    }
    chunk.copy(this.#room, before.length);
    this.#bytes = this.#room.subarray(0, length);
  }

  /** The first `count` have been taken: they stay as they are for whoever has them. */
  drop(count: number): void {
    this.#bytes = this.#bytes === undefined || count >= this.#bytes.length ? undefined : this.#bytes.subarray(count);
    this.#room = undefined;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#room = undefined;
  }
}

import { randomBytes } from 'node:crypto';
import type { Value } from '../shared-state.ts';

/**
 * What a message travels in: 4 bytes that say so, 8 of the sender, 6 of its running number. A message whose fate on Redis is not known is
 * sent again on the embedded store; by its number the second copy is known.
 */
const MAGIC = Buffer.from([0x00, 0x54, 0x47, 0x01]);
const SENDER_BYTES = 8;
const NUMBER_BYTES = 6;
const HEADER_BYTES = MAGIC.length + SENDER_BYTES + NUMBER_BYTES;
/** Senders remembered per channel: processes come and go. */
const SENDERS_LIMIT = 1_000;

/** Numbers the messages of one process. */
export class Sender {
  readonly #id = randomBytes(SENDER_BYTES);
  #number = 0;

  seal(message: Value): Buffer {
    this.#number += 1;
    const body = typeof message === 'string' ? Buffer.from(message) : message;
    const sealed = Buffer.allocUnsafe(HEADER_BYTES + body.length);
    MAGIC.copy(sealed);
    this.#id.copy(sealed, MAGIC.length);
    sealed.writeUIntBE(this.#number, MAGIC.length + SENDER_BYTES, NUMBER_BYTES);
    sealed.set(body, HEADER_BYTES);
    return sealed;
  }
}

/** Opens the messages of one channel: each once, and those of one sender in order. */
export class Opener {
  readonly #last = new Map<string, number>();

  /** Undefined: it came before, or too late. What was not sealed, because its publisher has no fallback, is given as it is. */
  open(bytes: Buffer): Buffer | undefined {
    if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return bytes;
    const sender = bytes.toString('latin1', MAGIC.length, MAGIC.length + SENDER_BYTES);
    const number = bytes.readUIntBE(MAGIC.length + SENDER_BYTES, NUMBER_BYTES);
    const last = this.#last.get(sender);
    if (last !== undefined && number <= last) return undefined;
    if (last !== undefined) this.#last.delete(sender);
    else if (this.#last.size >= SENDERS_LIMIT) this.#last.delete(this.#last.keys().next().value as string);
    this.#last.set(sender, number);
    return bytes.subarray(HEADER_BYTES);
  }
}

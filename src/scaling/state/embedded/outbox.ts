import type { Socket } from 'node:net';
import { WireWriter } from './wire-writer.ts';

const INITIAL_BYTES = 16 * 1024;
/** A buffer that has grown beyond this is let go once it is sent. */
const KEEP_BYTES = 1024 * 1024;

/** Gathers the frames of one tick and sends them with one write; two buffers take turns. */
export class Outbox {
  readonly #socket: Socket;
  readonly #limitBytes: number;
  readonly #onSent: () => void;
  #writer: WireWriter;
  #spare: WireWriter | null = null;
  #scheduled = false;

  /** `limitBytes`: most that one frame may make it hold; `onSent` is called when the system has taken all. */
  constructor(socket: Socket, limitBytes: number, onSent: () => void = () => {}) {
    this.#socket = socket;
    this.#limitBytes = limitBytes;
    this.#onSent = onSent;
    this.#writer = new WireWriter(INITIAL_BYTES, limitBytes);
  }

  /** Where to write the next frame; whatever is there goes out at the end of this tick, or before, when it is much. */
  get writer(): WireWriter {
    if (this.#writer.length > KEEP_BYTES) this.flush();
    if (!this.#scheduled) {
      this.#scheduled = true;
      // After the microtasks of what is running: the calls that many answered promises make next go out together.
      process.nextTick(() => this.flush());
    }
    return this.#writer;
  }

  /** Bytes that the system hasn't taken yet. */
  get unsentBytes(): number {
    return this.#writer.length + this.#socket.writableLength;
  }

  flush(): void {
    this.#scheduled = false;
    const writer = this.#writer;
    if (writer.length === 0 || this.#socket.destroyed) return;
    this.#writer = this.#spare ?? new WireWriter(INITIAL_BYTES, this.#limitBytes);
    this.#spare = null;
    this.#socket.write(writer.written, () => {
      if (writer.capacity <= KEEP_BYTES) {
        writer.truncate(0);
        this.#spare = writer;
      }
      if (this.#socket.writableLength === 0) this.#onSent();
    });
  }
}

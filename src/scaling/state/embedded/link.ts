import { connect, type Socket } from 'node:net';
import { StateError } from '../errors.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { Outbox } from './outbox.ts';
import { MAX_REPLY_BYTES, MAX_REQUEST_BYTES, OPERATION_CODES, type Operation, PROTOCOL_VERSION } from './protocol.ts';
import { type Encode, readReply } from './transport.ts';
import { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** The id of hello; calls count from 1 and never get there, so its reply can't be taken for theirs. */
const HELLO_ID = 0xffff_ffff;
/** Read at most at once, into memory that is used again: a buffer for each read would be 64 KiB of garbage for some answers of 20 bytes. */
const READ_BYTES = 64 * 1024;

export interface LinkEvents {
  /** The store has answered hello: it speaks the same protocol. */
  readonly open: () => void;
  /** A reply, or with PUSH_ID a channel's message, that `reader` stands in. */
  readonly frame: (id: number, reader: WireReader) => void;
  /** It has ended, or never began; once, and nothing comes after it. */
  readonly lost: (cause: Error | undefined) => void;
}

/** Writes a request as a frame; when `encode` throws, nothing was written. */
export function writeRequest(writer: WireWriter, id: number, operation: Operation, encode: Encode): void {
  const start = writer.beginFrame();
  try {
    writer.size(id);
    writer.byte(OPERATION_CODES[operation]);
    encode(writer);
  } catch (error) {
    writer.truncate(start);
    throw error;
  }
  writer.endFrame(start);
}

/** The caller's side of one connection, from its beginning to its end. */
export class Link {
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #splitter = new FrameSplitter(MAX_REPLY_BYTES);
  readonly #reader = new WireReader();
  readonly #events: LinkEvents;
  #error: Error | undefined;
  #open = false;

  constructor(socketPath: string, events: LinkEvents) {
    this.#events = events;
    this.#socket = connect({
      path: socketPath,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    this.#socket.unref();
    this.#outbox = new Outbox(this.#socket, MAX_REQUEST_BYTES);
    this.#socket.on('connect', () => {
      writeRequest(this.#outbox.writer, HELLO_ID, 'hello', (request) => request.size(PROTOCOL_VERSION));
    });
    this.#socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.#socket.on('close', () => events.lost(this.#error));
  }

  get open(): boolean {
    return this.#open;
  }

  /** Bytes that the store hasn't been able to take yet. */
  get unsentBytes(): number {
    return this.#outbox.unsentBytes;
  }

  /** @throws what `encode` throws; then nothing is sent */
  request(id: number, operation: Operation, encode: Encode): void {
    writeRequest(this.#outbox.writer, id, operation, encode);
  }

  /** A frame that `writeRequest` has made. */
  send(frame: Buffer): void {
    this.#outbox.writer.raw(frame);
  }

  /** What was requested still goes out. */
  end(): void {
    this.#outbox.flush();
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    this.#splitter.push(chunk);
    try {
      while (this.#splitter.next(this.#reader)) {
        const id = this.#reader.size();
        if (id === HELLO_ID) this.#greeted();
        else this.#events.frame(id, this.#reader);
      }
    } catch (error) {
      this.#error = error as Error;
      this.#socket.destroy();
    }
    this.#splitter.keep();
  }

  /** @throws StateError when the store doesn't speak our protocol */
  #greeted(): void {
    readReply(this.#reader, () => {});
    if (this.#open) throw new StateError('STATE_UNAVAILABLE', 'the store said hello twice');
    this.#open = true;
    this.#events.open();
  }
}

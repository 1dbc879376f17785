import type { Socket } from 'node:net';
import { FrameSplitter } from './frame-splitter.ts';
import type { Caller } from './operations.ts';
import { Outbox } from './outbox.ts';
import { MAX_REPLY_BYTES, MAX_REQUEST_BYTES, PUSH_ID } from './protocol.ts';
import { ScanCursors } from './scan-cursors.ts';
import type { StateCore } from './state-core.ts';
import type { Stored } from './stored.ts';
import { WireReader } from './wire-reader.ts';

/** With more than this unsent, a caller's further requests wait until it has taken its answers. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** A subscriber that is this far behind is hung up on: its messages can't wait in the store's memory. It subscribes anew when it can. */
const SLOW_SUBSCRIBER_BYTES = 16 * 1024 * 1024;

export interface PeerOptions {
  readonly id: number;
  readonly socket: Socket;
  readonly core: StateCore;
  readonly nowMs: () => number;
  /** Why it was hung up on, when it was. */
  readonly onFault: (reason: string) => void;
}

/** The server's side of one connection. */
export class Peer implements Caller {
  readonly id: number;
  readonly cursors = new ScanCursors();
  readonly channels = new Set<string>();
  greeted = false;
  readonly #socket: Socket;
  readonly #core: StateCore;
  readonly #nowMs: () => number;
  readonly #onFault: (reason: string) => void;
  readonly #splitter = new FrameSplitter(MAX_REQUEST_BYTES);
  readonly #reader = new WireReader();
  readonly #outbox: Outbox;
  #held = false;
  #pushedBytes = 0;

  constructor({ id, socket, core, nowMs, onFault }: PeerOptions) {
    this.id = id;
    this.#socket = socket;
    this.#core = core;
    this.#nowMs = nowMs;
    this.#onFault = onFault;
    this.#outbox = new Outbox(socket, MAX_REPLY_BYTES, () => {
      this.#pushedBytes = 0;
    });
    socket.on('data', (chunk: Buffer) => {
      this.#splitter.push(chunk);
      this.#work();
    });
    socket.on('drain', () => this.#goOn());
    // The end of a process is no fault: 'close' follows and says all there is to say.
    socket.on('error', () => {});
    socket.on('close', () => core.forget(this));
  }

  push(channel: string, message: Stored): void {
    if (this.#socket.destroyed) return;
    const { writer } = this.#outbox;
    const start = writer.beginFrame();
    writer.size(PUSH_ID);
    writer.text(channel);
    writer.stored(message);
    writer.endFrame(start);
    this.#pushedBytes += writer.length - start;
    if (this.#pushedBytes <= SLOW_SUBSCRIBER_BYTES) return;
    this.#outbox.flush();
    // What the system has taken since is not behind.
    this.#pushedBytes = this.#socket.writableLength;
    if (this.#pushedBytes > SLOW_SUBSCRIBER_BYTES) {
      this.#hangUp(`it is ${this.#pushedBytes} bytes behind with messages`);
    }
  }

  #work(): void {
    const nowMs = this.#nowMs();
    try {
      while (!this.#held && !this.#socket.destroyed && this.#splitter.next(this.#reader)) {
        this.#core.answer(this.#reader, this.#outbox.writer, this, nowMs);
        if (this.#outbox.unsentBytes > HIGH_WATER_BYTES) this.#hold();
      }
    } catch (error) {
      this.#hangUp((error as Error).message);
    }
  }

  #hold(): void {
    this.#outbox.flush();
    if (this.#socket.writableLength <= HIGH_WATER_BYTES) return;
    this.#held = true;
    this.#socket.pause();
  }

  #goOn(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#socket.resume();
    this.#work();
  }

  #hangUp(reason: string): void {
    if (this.#socket.destroyed) return;
    this.#onFault(reason);
    this.#socket.destroy();
  }
}

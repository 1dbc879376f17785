import { MAX_HELD_BYTES } from '../settings.ts';
import { isFull } from '../wire/one-write.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Exchange } from './exchange.ts';
import { PendingBytes } from './pending-bytes.ts';

/** A socket, or a stream, as far as it is read from. */
interface Source {
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
}

/** What a client sends behind a request's head: passed on, held, or not read, as the exchange can take it. */
export class ClientIntake {
  /** Of pipelined requests, or of a body that nobody takes yet. */
  readonly pending = new PendingBytes();
  readonly #socket: Source;
  /** The upstream takes no more at the moment. */
  #heldBack = false;

  constructor(socket: Source) {
    this.#socket = socket;
  }

  /** Stops or goes on reading. */
  holdBack(full: boolean): void {
    this.#heldBack = full;
    if (full) this.#socket.pause();
    else this.#resume();
  }

  /** An exchange is over: nothing is held back any more. */
  release(): void {
    this.#heldBack = false;
    this.#resume();
  }

  /** Moves what has come of the body into `pieces`; an error is the exchange's to answer. */
  takeBody({ body }: Exchange, pieces: Buffer[]): WireError | undefined {
    const { bytes } = this.pending;
    if (bytes === undefined) return undefined;
    try {
      this.pending.drop(body.read(bytes, 0, pieces));
      return undefined;
    } catch (error) {
      if (error instanceof WireError) return error;
      throw error;
    }
  }

  /** Bytes that have come while `exchange` is served. */
  take(exchange: Exchange, chunk: Buffer): void {
    if (exchange.requestDone || (exchange.phase !== 'awaiting' && exchange.phase !== 'responding')) {
      this.#keep(chunk);
      exchange.bodyHeld();
      return;
    }
    const pieces: Buffer[] = [];
    try {
      const end = exchange.body.read(chunk, 0, pieces);
      if (end < chunk.length) this.#keep(chunk.subarray(end));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      exchange.fail(error);
      return;
    }
    exchange.sendBody(pieces);
  }

  /** What came behind the head of an upgrade. */
  openTunnel(exchange: Exchange): void {
    const { bytes } = this.pending;
    this.pending.clear();
    if (bytes !== undefined) this.toTunnel(exchange, bytes);
  }

  toTunnel(exchange: Exchange, chunk: Buffer): void {
    const upstream = exchange.connection?.socket;
    if (upstream === undefined) return;
    upstream.write(chunk);
    exchange.touch();
    if (isFull(upstream)) this.holdBack(true);
  }

  #keep(chunk: Buffer): void {
    this.pending.append(chunk);
    if (this.pending.length > MAX_HELD_BYTES) this.#socket.pause();
  }

  #resume(): void {
    if (!this.#heldBack && this.#socket.isPaused()) this.#socket.resume();
  }
}

import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../../../ipc/proxy-header.ts';
import type { Expiring } from '../timeouts.ts';
import { type Borrower, ReadBuffers } from './read-buffers.ts';

export type UpstreamAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** The two ends of a client's connection. */
export interface ConnectionOrigin {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** The upstream, as its connections see it. */
export interface ConnectionOwner {
  readonly address: UpstreamAddress;
  /** The connection is over. */
  forget(connection: UpstreamConnection): void;
}

/** Whoever a connection works for at the moment. */
export interface ConnectionUser {
  connected(connection: UpstreamConnection): void;
  /**
   * Bytes that lie where the next ones will be read to.
   * @returns in whose queue some of them are still: they are left alone then
   */
  responseBytes(chunk: Buffer): Borrower | undefined;
  /** The upstream has ended its side. */
  upstreamEnded(): void;
  /** The connection is gone; `error` says why, if it was a failure. */
  upstreamClosed(error: Error | undefined): void;
  upstreamDrained(): void;
}

/**
 * One connection to an upstream: used by one exchange at a time, idle in between. Its handlers are set once, so that a request
 * costs no closures. connecting → busy ⇄ idle → closed.
 */
export class UpstreamConnection implements Expiring {
  readonly socket: Socket;
  readonly #owner: ConnectionOwner;
  /** Undefined: idle, or closed. */
  user: ConnectionUser | undefined;
  /** Exchanges that it has carried to their end: above 0, the upstream may be closing it just now. */
  served = 0;
  /** The client that a PROXY header has named at its begin. */
  origin: ConnectionOrigin | undefined;
  /** When an idle one is given up; a busy one is watched over by its exchange. */
  deadlineMs = Number.POSITIVE_INFINITY;
  #error: Error | undefined;
  /**
   * What is read goes here, time after time: a buffer of its own for each read, as `data` events have it, is 64 KB to be got and given
   * back for an answer of a few hundred bytes. Pages that were never written to take no memory.
   */
  readonly #buffers = new ReadBuffers();
  /** Who still needs what was read last. */
  #lentTo: Borrower | undefined;

  constructor(owner: ConnectionOwner, user: ConnectionUser) {
    this.#owner = owner;
    this.user = user;
    const onread = {
      buffer: () => this.#nextBuffer(),
      callback: (bytes: number) => this.#onRead(bytes),
    };
    const socket = connect({ ...owner.address, allowHalfOpen: true, noDelay: true, onread });
    this.socket = socket;
    socket.on('connect', () => this.user?.connected(this));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.user?.upstreamDrained());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#onClose());
  }

  /** May carry another request: nobody has closed it, as far as can be known. */
  get reusable(): boolean {
    const { socket } = this;
    return !socket.destroyed && !socket.readableEnded && socket.writable;
  }

  expire(): void {
    this.destroy();
  }

  /** Ends it at once; its user, who wants this, hears no more of it. */
  destroy(): void {
    this.user = undefined;
    this.#owner.forget(this);
    this.socket.destroy();
  }

  /** Thousands of tunnels stay open and say little: from the next read on whoever keeps bytes must copy them. */
  becomeTunnel(): void {
    this.#buffers.share();
  }

  /** Where the next bytes go; asked for after each read. */
  #nextBuffer(): Buffer {
    const lentTo = this.#lentTo;
    this.#lentTo = undefined;
    return this.#buffers.next(lentTo, lentTo !== undefined && this.socket.isPaused());
  }

  #onRead(bytes: number): boolean {
    // Bytes that nobody asked for could be taken for the next request's answer.
    if (this.user === undefined) this.destroy();
    else this.#lentTo = this.user.responseBytes(this.#buffers.read(bytes));
    return true;
  }

  #onEnd(): void {
    if (this.user === undefined) this.destroy();
    else this.user.upstreamEnded();
  }

  #onClose(): void {
    const { user } = this;
    this.user = undefined;
    this.#buffers.end();
    this.#owner.forget(this);
    user?.upstreamClosed(this.#error);
  }
}

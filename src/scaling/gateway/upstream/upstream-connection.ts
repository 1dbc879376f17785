import { connect, type Socket } from 'node:net';
import type { Expiring } from '../timeouts.ts';

export type UpstreamAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** The upstream, as its connections see it. */
export interface ConnectionOwner {
  readonly address: UpstreamAddress;
  /** The connection is over. */
  forget(connection: UpstreamConnection): void;
}

/** Whoever a connection works for at the moment. */
export interface ConnectionUser {
  connected(connection: UpstreamConnection): void;
  responseBytes(chunk: Buffer): void;
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
  /** When an idle one is given up; a busy one is watched over by its exchange. */
  deadlineMs = Number.POSITIVE_INFINITY;
  #error: Error | undefined;

  constructor(owner: ConnectionOwner, user: ConnectionUser) {
    this.#owner = owner;
    this.user = user;
    const socket = connect({ ...owner.address, allowHalfOpen: true, noDelay: true });
    this.socket = socket;
    socket.on('connect', () => this.user?.connected(this));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
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

  #onData(chunk: Buffer): void {
    // Bytes that nobody asked for could be taken for the next request's answer.
    if (this.user === undefined) this.destroy();
    else this.user.responseBytes(chunk);
  }

  #onEnd(): void {
    if (this.user === undefined) this.destroy();
    else this.user.upstreamEnded();
  }

  #onClose(): void {
    const { user } = this;
    this.user = undefined;
    this.#owner.forget(this);
    user?.upstreamClosed(this.#error);
  }
}

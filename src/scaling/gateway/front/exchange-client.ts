import type { Socket } from 'node:net';
import type { GatewayContext } from '../gateway-context.ts';
import type { WireError } from '../wire/wire-error.ts';
import type { ClientOrigin } from './client-origin.ts';
import type { ClientSink } from './client-sink.ts';

/** The client's connection, as an exchange sees it. */
export interface ExchangeClient {
  readonly socket: ClientSink;
  readonly context: GatewayContext;
  readonly origin: ClientOrigin;
  /** Its socket, if that can go to another process: all that it was asked and told has come and gone. */
  readonly socketToGive: Socket | undefined;
  /** When the exchange is told that it takes too long; Infinity: never. */
  deadlineMs: number;
  /** The exchange leaves the connection open. */
  keepAlive: boolean;
  /** Of the body, and of what follows it, that has come and has not been taken. */
  readonly heldBytes: number;
  /** Moves what has come of the body into `pieces`; an error is the exchange's to answer. */
  takeBody(pieces: Buffer[]): WireError | undefined;
  /** Stops reading, or goes on. */
  holdBack(full: boolean): void;
  /** Sends a whole answer of our own; the exchange is over. */
  answer(text: string, close: boolean): void;
  /** The response has been given; without the whole of the request the connection can't be used any more. */
  exchangeDone(requestDone: boolean): void;
  openTunnel(): void;
  /** Another process has the socket. */
  givenAway(): void;
  endTunnel(): void;
  destroy(): void;
}

import type { Socket } from 'node:net';
import { type ExchangeError, statusOf } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { ownReply } from '../own-reply.ts';
import type { Expiring } from '../timeouts.ts';
import { FieldTable } from '../wire/field-table.ts';
import { forwardRequest } from '../wire/forward-request.ts';
import { headEnd } from '../wire/head-end.ts';
import { readRequestHead } from '../wire/request-head.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ClientOrigin } from './client-origin.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeClient } from './exchange-client.ts';

/**
 * What a connection does. head ⇄ serving → tunnel; head and serving → lingering (our side has ended, the rest of what the client says
 * is thrown away so that it gets to read our last answer) → closed; all → closed.
 */
type ClientState =
  | { readonly kind: 'head' }
  | { readonly kind: 'serving'; readonly exchange: Exchange }
  | { readonly kind: 'tunnel'; readonly exchange: Exchange }
  | { readonly kind: 'lingering' }
  | { readonly kind: 'closed' };

const HEAD: ClientState = { kind: 'head' };
const LINGERING: ClientState = { kind: 'lingering' };
const CLOSED: ClientState = { kind: 'closed' };

const LINGER_MS = 2_000;
/** Of pipelined requests, or of a body that nobody takes yet: beyond it the client is no longer read from. */
const MAX_PENDING_BYTES = 65_536;

const table = new FieldTable();

/** Who accepted the connections. */
export interface ClientConnectionOwner {
  /** What hashing goes by; undefined when the algorithm needs nothing. */
  affinityKey(table: FieldTable, address: string): string | undefined;
  /** The connection has answered what was no request. */
  noteRefused(client: ClientConnection, status: number): void;
  closed(connection: ClientConnection): void;
}

/** One client's connection: its requests, one after the other. */
export class ClientConnection implements Expiring, ExchangeClient {
  readonly socket: Socket;
  readonly context: GatewayContext;
  readonly origin: ClientOrigin;
  deadlineMs: number;
  /** The exchange under way leaves the connection open. */
  keepAlive = false;
  readonly #front: ClientConnectionOwner;
  #state: ClientState = HEAD;
  /** Bytes that have come and have not been taken. */
  #pending: Buffer | undefined;
  /** Of these, what was looked through for a head's end. */
  #checked = 0;
  #pumping = false;
  #ended = false;
  /** The upstream takes no more of the body at the moment. */
  #heldBack = false;

  constructor(socket: Socket, front: ClientConnectionOwner, context: GatewayContext, origin: ClientOrigin) {
    this.socket = socket;
    this.#front = front;
    this.context = context;
    this.origin = origin;
    this.deadlineMs = performance.now() + context.settings.timeouts.httpRequestMs;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', () => {}); // 'close' follows, and says all there is to know
    socket.on('close', () => this.#onClose());
  }

  /** Between two requests: may be ended without loss. */
  get idle(): boolean {
    return this.#state.kind === 'head' && this.#pending === undefined;
  }

  get inTunnel(): boolean {
    return this.#state.kind === 'tunnel';
  }

  /** Takes what has come of the body into `pieces`; an error is the exchange's to answer. */
  takeBody(pieces: Buffer[]): WireError | undefined {
    const bytes = this.#pending;
    if (bytes === undefined || this.#state.kind !== 'serving') return undefined;
    this.#pending = undefined;
    try {
      const end = this.#state.exchange.body.read(bytes, 0, pieces);
      if (end < bytes.length) this.#pending = bytes.subarray(end);
      return undefined;
    } catch (error) {
      if (error instanceof WireError) return error;
      throw error;
    }
  }

  /** Stops or goes on reading, as the upstream can take it. */
  holdBack(full: boolean): void {
    if (full === this.#heldBack) return;
    this.#heldBack = full;
    if (full) this.socket.pause();
    else this.#resume();
  }

  /** Sends a whole answer of our own. */
  answer(text: string, close: boolean): void {
    this.keepAlive = !close;
    if (!this.socket.destroyed) this.socket.write(text);
    this.#next();
  }

  exchangeDone(requestDone: boolean): void {
    if (!requestDone) this.keepAlive = false;
    this.#next();
  }

  /** Nothing but the request is on the way in either direction, and no bytes pass through this process to be changed. */
  get canBeGivenAway(): boolean {
    const { socket } = this;
    if (this.#pending !== undefined || this.#ended || this.origin.lines.proto !== 'http') return false;
    const { _handle: handle } = socket as unknown as { _handle: { writeQueueSize?: number } | null };
    return !socket.destroyed && socket.writableLength === 0 && handle !== null && handle.writeQueueSize === 0;
  }

  givenAway(): void {
    this.#state = CLOSED;
  }

  openTunnel(): void {
    if (this.#state.kind !== 'serving') return;
    const { exchange } = this.#state;
    this.#state = { kind: 'tunnel', exchange };
    exchange.touch();
    const first = this.#pending;
    this.#pending = undefined;
    if (first !== undefined) this.#toTunnel(exchange, first);
    if (this.#ended) exchange.connection?.socket.end();
  }

  endTunnel(): void {
    this.#state = CLOSED;
    this.socket.destroySoon();
  }

  destroy(): void {
    this.#state = CLOSED;
    this.socket.destroy();
  }

  /** Ends an idle connection as a client would expect it: with a FIN. */
  endIdle(): void {
    if (this.idle) this.#linger();
  }

  expire(nowMs: number): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        if (this.#pending === undefined) this.#linger();
        else
          this.#answerError(
            'REQUEST_TIMEOUT',
            408,
            `The head was not there within ${this.context.settings.timeouts.httpRequestMs} ms.`,
          );
        break;
      case 'serving':
      case 'tunnel':
        state.exchange.expire();
        break;
      default:
        this.destroy();
        this.deadlineMs = nowMs + LINGER_MS;
    }
  }

  #onData(chunk: Buffer): void {
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        if (this.#pending === undefined) {
          this.#pending = chunk;
          this.deadlineMs = performance.now() + this.context.settings.timeouts.httpRequestMs;
        } else this.#pending = Buffer.concat([this.#pending, chunk]);
        this.#pump();
        break;
      case 'serving':
        if (this.#takesBody(state.exchange)) this.#toBody(state.exchange, chunk);
        else this.#keep(chunk);
        break;
      case 'tunnel':
        this.#toTunnel(state.exchange, chunk);
        break;
      default: // thrown away
    }
  }

  #takesBody(exchange: Exchange): boolean {
    return !exchange.requestDone && (exchange.phase === 'awaiting' || exchange.phase === 'responding');
  }

  #toBody(exchange: Exchange, chunk: Buffer): void {
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

  #toTunnel(exchange: Exchange, chunk: Buffer): void {
    const upstream = exchange.connection?.socket;
    if (upstream === undefined) return;
    upstream.write(chunk);
    exchange.touch();
    if (upstream.writableNeedDrain) this.holdBack(true);
  }

  #keep(chunk: Buffer): void {
    this.#pending = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    if (this.#pending.length > MAX_PENDING_BYTES) this.socket.pause();
  }

  #resume(): void {
    if (!this.#heldBack && this.socket.isPaused()) this.socket.resume();
  }

  /** Begins with the requests that are there, one after the other; not by recursion, however many a client pipelines. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#state.kind === 'head' && this.#pending !== undefined && !this.socket.writableNeedDrain) {
      if (!this.#readHead(this.#pending)) break;
    }
    this.#pumping = false;
  }

  /** False: the head is not whole. */
  #readHead(bytes: Buffer): boolean {
    try {
      const end = headEnd(bytes, this.#checked, this.context.settings.maxHeadBytes);
      if (end === -1) {
        // One empty line in front of a request is no head.
        this.#checked = bytes.length;
        return false;
      }
      this.#checked = 0;
      this.#pending = end === bytes.length ? undefined : bytes.subarray(end);
      const head = readRequestHead(bytes.toString('latin1', 0, end), table);
      const forwarded = forwardRequest(head, table, this.origin.lines, this.context.settings.viaName);
      const exchange = new Exchange(
        this,
        head,
        forwarded,
        this.#front.affinityKey(table, this.origin.client.address),
        performance.now(),
      );
      this.#state = { kind: 'serving', exchange };
      this.deadlineMs = Number.POSITIVE_INFINITY;
      exchange.begin();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#refuse(error);
    }
    return true;
  }

  /** What comes after bytes that are not understood can't be understood either: one answer, and the end. */
  #refuse(error: ExchangeError): void {
    this.#answerError(error.code, statusOf(error), error.message);
  }

  #answerError(code: string, status: number, detail: string): void {
    this.context.counts.refused += 1;
    this.#front.noteRefused(this, status);
    this.#pending = undefined;
    this.answer(
      ownReply({ status, code, detail, bodiless: false, close: true, retryAfterSeconds: undefined, extra: '' }),
      true,
    );
  }

  /** After an exchange: the next request, or the end. */
  #next(): void {
    if (this.#state.kind === 'closed') return;
    if (!this.keepAlive || this.socket.destroyed) {
      this.#linger();
      return;
    }
    this.#state = HEAD;
    this.#heldBack = false;
    if (this.#pending === undefined && this.#ended) {
      this.#linger();
      return;
    }
    const { timeouts } = this.context.settings;
    this.deadlineMs =
      performance.now() + (this.#pending === undefined ? timeouts.httpKeepAliveMs : timeouts.httpRequestMs);
    this.#resume();
    if (this.#pending !== undefined) this.#pump();
  }

  #linger(): void {
    this.#pending = undefined;
    if (this.#ended || this.socket.destroyed) {
      this.#state = CLOSED;
      this.socket.destroySoon();
    } else {
      this.#state = LINGERING;
      this.socket.end();
      this.#heldBack = false;
      this.#resume();
    }
    this.deadlineMs = performance.now() + LINGER_MS;
  }

  #onEnd(): void {
    this.#ended = true;
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        if (this.#pending === undefined) this.#linger();
        else this.#answerError('BAD_START_LINE', 400, 'The connection ended within a head.');
        break;
      case 'serving':
        if (!state.exchange.requestDone || this.context.settings.halfClose === 'abort') state.exchange.clientGone();
        break;
      case 'tunnel':
        state.exchange.connection?.socket.end();
        break;
      case 'lingering':
        this.#state = CLOSED;
        break;
      case 'closed':
        break;
    }
  }

  #onDrain(): void {
    const state = this.#state;
    if (state.kind === 'serving' || state.kind === 'tunnel') state.exchange.clientDrained();
    else this.#pump();
  }

  #onClose(): void {
    const state = this.#state;
    this.#state = CLOSED;
    if (state.kind === 'serving' || state.kind === 'tunnel') state.exchange.clientGone();
    this.#front.closed(this);
  }
}

import type { Socket } from 'node:net';
import { type ExchangeError, statusOf } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { ownReply } from '../own-reply.ts';
import type { Expiring } from '../timeouts.ts';
import { WireError } from '../wire/wire-error.ts';
import { ClientIntake } from './client-intake.ts';
import type { ClientOrigin } from './client-origin.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { type AffinityKeys, RequestReader } from './request-reader.ts';
import { UnsentBytes, unsentBytes } from './unsent-bytes.ts';

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

/** Who accepted the connections. */
export interface ClientConnectionOwner extends AffinityKeys {
  /** The connection has answered what was no request. */
  noteRefused(client: { readonly origin: ClientOrigin }, status: number): void;
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
  readonly #intake: ClientIntake;
  readonly #reader: RequestReader;
  #pumping = false;
  #ended = false;
  #unsent: UnsentBytes | undefined;

  constructor(socket: Socket, front: ClientConnectionOwner, context: GatewayContext, origin: ClientOrigin) {
    this.socket = socket;
    this.#front = front;
    this.context = context;
    this.origin = origin;
    this.#intake = new ClientIntake(socket);
    this.#reader = new RequestReader(this, this.#intake.pending, front);
    this.deadlineMs = performance.now() + context.settings.timeouts.httpRequestMs;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#onDrain());
    socket.on('error', () => {}); // 'close' follows, and says all there is to know
    socket.on('close', () => this.#onClose());
  }

  /** Between two requests: may be ended without loss. */
  get idle(): boolean {
    return this.#state.kind === 'head' && this.#intake.pending.length === 0;
  }

  get inTunnel(): boolean {
    return this.#state.kind === 'tunnel';
  }

  get heldBytes(): number {
    return this.#intake.pending.length;
  }

  /** Takes what has come of the body into `pieces`; an error is the exchange's to answer. */
  takeBody(pieces: Buffer[]): WireError | undefined {
    return this.#state.kind === 'serving' ? this.#intake.takeBody(this.#state.exchange, pieces) : undefined;
  }

  holdBack(full: boolean): void {
    this.#intake.holdBack(full);
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
  get socketToGive(): Socket | undefined {
    const { socket } = this;
    if (this.#intake.pending.length > 0 || this.#ended || this.origin.lines.proto !== 'http') return undefined;
    return socket.destroyed || unsentBytes(socket) > 0 ? undefined : socket;
  }

  givenAway(): void {
    this.#state = CLOSED;
  }

  openTunnel(): void {
    if (this.#state.kind !== 'serving') return;
    const { exchange } = this.#state;
    this.#state = { kind: 'tunnel', exchange };
    exchange.touch();
    this.#intake.openTunnel(exchange);
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
        if (this.#intake.pending.length === 0) this.#linger();
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
        this.#expireAnswer(nowMs);
    }
  }

  /** Who still takes bytes of its last answer is waited for. */
  #expireAnswer(nowMs: number): void {
    this.deadlineMs = nowMs + LINGER_MS;
    this.#unsent ??= new UnsentBytes();
    const left = this.socket.destroyed ? 0 : unsentBytes(this.socket);
    if (!this.#unsent.move(left, this.context.settings.timeouts.clientMs, nowMs)) this.destroy();
  }

  #onData(chunk: Buffer): void {
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        if (this.#intake.pending.length === 0)
          this.deadlineMs = performance.now() + this.context.settings.timeouts.httpRequestMs;
        this.#intake.pending.append(chunk);
        this.#pump();
        break;
      case 'serving':
        this.#intake.take(state.exchange, chunk);
        break;
      case 'tunnel':
        this.#intake.toTunnel(state.exchange, chunk);
        break;
      default: // thrown away
    }
  }

  /** Begins with the requests that are there, one after the other; not by recursion, however many a client pipelines. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#state.kind === 'head' && !this.socket.writableNeedDrain) {
      if (!this.#beginNext()) break;
    }
    this.#pumping = false;
  }

  /** False: there is no whole head. */
  #beginNext(): boolean {
    try {
      const exchange = this.#reader.next();
      if (exchange === undefined) return false;
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
    this.#intake.pending.clear();
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
    if (this.#intake.pending.length === 0 && this.#ended) {
      this.#linger();
      return;
    }
    const { timeouts } = this.context.settings;
    this.deadlineMs =
      performance.now() + (this.#intake.pending.length === 0 ? timeouts.httpKeepAliveMs : timeouts.httpRequestMs);
    this.#intake.release();
    if (this.#intake.pending.length > 0) this.#pump();
  }

  #linger(): void {
    this.#intake.pending.clear();
    if (this.#ended || this.socket.destroyed) {
      this.#state = CLOSED;
      this.socket.destroySoon();
    } else {
      this.#state = LINGERING;
      this.socket.end();
      this.#intake.release();
    }
    this.deadlineMs = performance.now() + LINGER_MS;
  }

  #onEnd(): void {
    this.#ended = true;
    const state = this.#state;
    switch (state.kind) {
      case 'head':
        if (this.#intake.pending.length === 0) this.#linger();
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

import type { ServerHttp2Stream } from 'node:http2';
import { statusOf } from '../errors.ts';
import { ClientIntake } from '../front/client-intake.ts';
import type { ClientOrigin } from '../front/client-origin.ts';
import { Exchange } from '../front/exchange.ts';
import type { ExchangeClient } from '../front/exchange-client.ts';
import type { GatewayContext } from '../gateway-context.ts';
import { ownReply } from '../own-reply.ts';
import type { Expiring } from '../timeouts.ts';
import { FieldTable } from '../wire/field-table.ts';
import { forwardRequest } from '../wire/forward-request.ts';
import { type RequestHead, readRequestHead } from '../wire/request-head.ts';
import { WireError } from '../wire/wire-error.ts';
import { ERROR_CODE } from './error-codes.ts';
import { MalformedRequestError } from './malformed-request-error.ts';
import { requestText } from './request-text.ts';
import { StreamBody } from './stream-body.ts';
import { StreamSink } from './stream-sink.ts';

const table = new FieldTable();

/** The connection that a stream belongs to. */
export interface StreamOwner {
  affinityKey(table: FieldTable, address: string): string | undefined;
  /** The stream has answered, or reset, what was no request. */
  noteRefused(status: number): void;
  /** The stream was reset, and the client has not taken even that. */
  stuck(): void;
  /** @param byClient it was ended by its client, or because of it, before it had its answer */
  closed(stream: StreamClient, byClient: boolean): void;
}

/** One stream: a client with one request, which is read and passed on as if it had come over HTTP/1.1. */
export class StreamClient implements Expiring, ExchangeClient {
  readonly context: GatewayContext;
  readonly origin: ClientOrigin;
  readonly socket: StreamSink;
  /** Its bytes are in frames between those of others. */
  readonly socketToGive = undefined;
  deadlineMs = Number.POSITIVE_INFINITY;
  keepAlive = true;
  readonly #stream: ServerHttp2Stream;
  readonly #owner: StreamOwner;
  readonly #fields: readonly string[];
  readonly #intake: ClientIntake;
  #exchange: Exchange | undefined;
  /** All of the request has come. */
  #ended: boolean;
  /** Its answer has been given, or it gets none. */
  #over = false;
  /** Its client broke the rules in what follows the head. */
  #broken = false;

  /** @param fields the request's, names and values in turns @param ends nothing follows them */
  constructor(
    stream: ServerHttp2Stream,
    fields: readonly string[],
    ends: boolean,
    { owner, context, origin }: { owner: StreamOwner; context: GatewayContext; origin: ClientOrigin },
  ) {
    this.#stream = stream;
    this.#owner = owner;
    this.#fields = fields;
    this.context = context;
    this.origin = origin;
    this.#ended = ends;
    this.#intake = new ClientIntake(stream);
    this.socket = new StreamSink(stream, methodOf(fields), context.settings.maxHeadBytes);
    stream.on('drain', () => this.#exchange?.clientDrained());
    stream.on('error', () => {}); // 'close' follows, and says all there is to know
    stream.on('close', () => this.#onClose());
  }

  get heldBytes(): number {
    return this.#intake.pending.length;
  }

  begin(): void {
    try {
      const head = this.#readHead();
      const { origin, context } = this;
      const forwarded = forwardRequest(head, table, origin.lines, context.settings.viaName);
      const key = this.#owner.affinityKey(table, origin.client.address);
      const exchange = new Exchange(this, head, forwarded, key, performance.now());
      this.#exchange = exchange;
      context.counts.http2Requests += 1;
      if (!this.#ended) this.#listen(head);
      exchange.begin();
    } catch (error) {
      this.#refuse(error);
    }
  }

  takeBody(pieces: Buffer[]): WireError | undefined {
    return this.#exchange === undefined ? undefined : this.#intake.takeBody(this.#exchange, pieces);
  }

  holdBack(full: boolean): void {
    this.#intake.holdBack(full);
  }

  answer(text: string): void {
    this.socket.write(text);
    this.exchangeDone();
  }

  exchangeDone(): void {
    this.#over = true;
    this.#allowTime();
    if (this.#ended || this.#stream.destroyed) return;
    this.socket.resetWhenSent(ERROR_CODE.NO_ERROR);
  }

  destroy(): void {
    this.#over = true;
    this.#reset(ERROR_CODE.INTERNAL_ERROR);
  }

  expire(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#stream.closed) this.#owner.stuck();
    else if (this.#over) this.#reset(ERROR_CODE.INTERNAL_ERROR);
    else this.#exchange?.expire();
  }

  // HTTP/2 has no upgrades: browsers open WebSockets over HTTP/1.1, unless a server says that it knows RFC 8441.
  openTunnel(): void {}
  endTunnel(): void {}
  givenAway(): void {}

  #readHead(): RequestHead {
    const text = requestText(this.#fields, this.#ended);
    const { maxHeadBytes } = this.context.settings;
    if (text.length > maxHeadBytes) {
      throw new WireError('HEAD_TOO_LARGE', `the head is longer than ${maxHeadBytes} bytes`);
    }
    return readRequestHead(text, table);
  }

  #listen({ framing }: RequestHead): void {
    const stream = this.#stream;
    const body = new StreamBody(framing.kind === 'length' ? framing.bytes : undefined);
    stream.on('trailers', (_fields: unknown, _flags: unknown, raw: unknown) => body.noteTrailers(raw as string[]));
    stream.on('data', (data: Buffer) => this.#take(() => body.take(data)));
    stream.on('end', () => {
      // A stream that was reset ends too; then it is not whole.
      if (stream.rstCode !== ERROR_CODE.NO_ERROR || stream.aborted) return;
      this.#ended = true;
      this.#take(() => body.end());
    });
  }

  #take(bytesOf: () => Buffer): void {
    const exchange = this.#exchange;
    if (this.#over || exchange === undefined) return;
    try {
      const bytes = bytesOf();
      if (bytes.length > 0) this.#intake.take(exchange, bytes);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Malformed: the stream is reset. Otherwise an answer says what is wrong. */
  #refuse(error: unknown): void {
    if (!(error instanceof WireError) && !(error instanceof MalformedRequestError)) throw error;
    const exchange = this.#exchange;
    const malformed = error instanceof MalformedRequestError;
    if (exchange === undefined) {
      this.context.counts.refused += 1;
      this.#owner.noteRefused(malformed ? 400 : statusOf(error));
    }
    if (malformed) {
      // The upstream's connection is cut: what it has got is no whole request.
      this.#broken = true;
      this.#reset(ERROR_CODE.PROTOCOL_ERROR);
      exchange?.clientGone();
      return;
    }
    const { code, message: detail } = error;
    const bodiless = methodOf(this.#fields) === 'HEAD';
    const status = statusOf(error);
    this.answer(ownReply({ status, code, detail, bodiless, close: false, retryAfterSeconds: undefined, extra: '' }));
  }

  /** What a client has not read yet, a reset too, may lie here as long as any other piece of a response. */
  #allowTime(): void {
    this.deadlineMs = performance.now() + this.context.settings.timeouts.clientMs;
  }

  #reset(code: number): void {
    if (this.#stream.destroyed) return;
    this.#stream.close(code);
    this.#allowTime();
  }

  #onClose(): void {
    const unanswered = !this.#over;
    this.#over = true;
    if (unanswered) this.#exchange?.clientGone();
    this.#owner.closed(this, unanswered || this.#broken);
  }
}

function methodOf(fields: readonly string[]): string {
  for (let index = 0; index < fields.length; index += 2)
    if (fields[index] === ':method') return fields[index + 1] ?? '';
  return '';
}

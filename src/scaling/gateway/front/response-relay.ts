import { GatewayError } from '../errors.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { Borrower } from '../upstream/read-buffers.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { UpstreamConnection } from '../upstream/upstream-connection.ts';
import { BodyReader } from '../wire/body-reader.ts';
import { LAST_CHUNK } from '../wire/chunked-reader.ts';
import { FieldTable } from '../wire/field-table.ts';
import { type ClientFraming, forwardInterim, forwardResponse } from '../wire/forward-response.ts';
import { headEnd } from '../wire/head-end.ts';
import { isFull, writeAll, writeTogether } from '../wire/one-write.ts';
import type { RequestHead } from '../wire/request-head.ts';
import { type ResponseHead, readResponseHead } from '../wire/response-head.ts';
import { WireError } from '../wire/wire-error.ts';
import type { ExchangeClient } from './exchange-client.ts';
import type { ExchangePhase } from './exchange-phase.ts';
import type { ExchangeRecord } from './exchange-record.ts';

/** More interim responses than this before the real one are no answer. */
const MAX_INTERIM = 16;

const table = new FieldTable();
const CRLF = Buffer.from('\r\n', 'latin1');

/** The exchange, as the one who relays its response sees it. */
export interface RelayedExchange {
  readonly client: ExchangeClient;
  readonly context: GatewayContext;
  readonly head: RequestHead;
  phase: ExchangePhase;
  readonly connection: UpstreamConnection | undefined;
  readonly upstream: Upstream | undefined;
  readonly pinned: Upstream | undefined;
  readonly requestDone: boolean;
  readonly extraLines: string;
  readonly record: ExchangeRecord;
  touch(): void;
  /** False: this response is not given to the client, another upstream is asked. */
  judge(status: number): boolean;
  responseDone(reusable: boolean, keepAliveMs?: number): void;
  attemptFailed(error: GatewayError): void;
}

/** The response's way from the upstream to the client: head → body. */
export class ResponseRelay {
  /** Bytes of it have come. */
  begun = false;
  readonly #exchange: RelayedExchange;
  #pending: Buffer | undefined;
  #interim = 0;
  #head: ResponseHead | undefined;
  #body: BodyReader | undefined;
  /** A body without an end of its own, given to the client as chunks. */
  #chunks = false;

  constructor(exchange: RelayedExchange) {
    this.#exchange = exchange;
  }

  /** The body ends where the connection does. */
  get endsWithConnection(): boolean {
    return this.#head?.framing.kind === 'until-close' && this.#exchange.phase === 'responding';
  }

  /** @returns in whose queue some of the bytes are after this */
  take(chunk: Buffer): Borrower | undefined {
    this.begun = true;
    const exchange = this.#exchange;
    try {
      if (exchange.phase === 'tunnel') this.#tunnel(chunk);
      else if (this.#body === undefined) this.#takeHead(chunk);
      else this.#takeBody(chunk, 0, undefined);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      const from = exchange.upstream?.name;
      exchange.attemptFailed(
        new GatewayError('UPSTREAM_GARBAGE', `${from} does not speak HTTP: ${error.message} (${error.code}).`),
      );
    }
    // What the kernel did not take at once lies in the socket's queue, as slices of the chunk.
    const { socket } = exchange.client;
    return socket.writableLength > 0 ? socket : undefined;
  }

  /** What ends a body that was given to the client as chunks. */
  finish(): void {
    if (this.#chunks) this.#exchange.client.socket.write(LAST_CHUNK);
  }

  #takeHead(chunk: Buffer): void {
    const exchange = this.#exchange;
    const checked = this.#pending?.length ?? 0;
    let bytes = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = undefined;
    let seen = checked;
    while (exchange.phase === 'awaiting') {
      const end = headEnd(bytes, seen, exchange.context.settings.maxHeadBytes);
      if (end === -1) {
        this.#pending = Buffer.from(bytes); // the next read goes where these lie
        return;
      }
      const head = readResponseHead(bytes.toString('latin1', 0, end), exchange.head.method, table);
      if (head.status === 101) {
        this.#upgrade(head, end === bytes.length ? undefined : bytes.subarray(end));
        return;
      }
      if (head.status >= 200) {
        this.#begin(head, bytes, end);
        return;
      }
      this.#relayInterim(head);
      if (end === bytes.length) return;
      bytes = bytes.subarray(end);
      seen = 0;
    }
  }

  #relayInterim(head: ResponseHead): void {
    const { client, head: request } = this.#exchange;
    this.#interim += 1;
    if (this.#interim > MAX_INTERIM)
      throw new WireError('BAD_STATUS_LINE', `more than ${MAX_INTERIM} interim responses`);
    // An HTTP/1.0 client knows none; a 100 that nobody asked for says nothing.
    if (request.minor === 0 || (head.status === 100 && !request.expectsContinue)) return;
    client.socket.write(forwardInterim(head, table), 'latin1');
    this.#exchange.touch();
  }

  #begin(head: ResponseHead, bytes: Buffer, bodyStart: number): void {
    const exchange = this.#exchange;
    if (!exchange.judge(head.status)) return;
    const { client, head: request, context } = exchange;
    this.#head = head;
    exchange.phase = 'responding';
    exchange.record.status = head.status;
    const old = request.minor === 0;
    const unending = head.framing.kind === 'until-close';
    this.#chunks = unending && !old;
    const closes = unending && old;
    // To an HTTP/1.0 client a chunked body goes as its payload, and ends with the connection.
    const dechunked = old && head.declared.kind === 'chunked';
    const framing: ClientFraming = this.#chunks ? 'chunked' : closes || dechunked ? 'close' : 'as-declared';
    const keeps =
      request.keepAlive &&
      exchange.requestDone &&
      !closes &&
      !(dechunked && head.framing.kind === 'chunked') &&
      !context.draining();
    client.keepAlive = keeps;
    const pinned =
      context.cookies !== undefined && exchange.upstream !== undefined && exchange.pinned !== exchange.upstream;
    const cookie = pinned && exchange.upstream !== undefined ? (context.cookies?.line(exchange.upstream) ?? '') : '';
    const text = forwardResponse(head, table, {
      framing,
      connection: keeps ? (old ? 'keep-alive' : 'unsaid') : 'close',
      extra: exchange.extraLines + cookie,
      via: context.settings.viaName,
    });
    this.#body = new BodyReader(head.framing, dechunked ? 'payload' : 'as-framed');
    this.#takeBody(bytes, bodyStart, text);
  }

  #takeBody(bytes: Buffer, from: number, headText: string | undefined): void {
    const exchange = this.#exchange;
    const body = this.#body as BodyReader;
    const head = this.#head as ResponseHead;
    const { socket } = exchange.client;
    const pieces: Buffer[] = [];
    let end: number;
    try {
      end = from < bytes.length ? body.read(bytes, from, pieces) : from;
    } catch (error) {
      // What was in order goes out, so that the client sees the break where it is.
      if (headText !== undefined) writeTogether(socket, headText, pieces);
      throw error;
    }
    exchange.record.sentBytes = body.payloadBytes;
    if (this.#chunks && pieces.length > 0) this.#frame(pieces);
    if (headText !== undefined) writeTogether(socket, headText, pieces);
    else writeAll(socket, pieces);
    if (body.done) {
      exchange.responseDone(head.keepAlive && end === bytes.length, head.keepAliveMs);
      return;
    }
    exchange.touch();
    if (isFull(socket)) (exchange.connection as UpstreamConnection).socket.pause();
  }

  #frame(pieces: Buffer[]): void {
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    pieces.unshift(Buffer.from(`${bytes.toString(16)}\r\n`, 'latin1'));
    pieces.push(CRLF);
  }

  #upgrade(head: ResponseHead, first: Buffer | undefined): void {
    const exchange = this.#exchange;
    if (exchange.head.upgrade === undefined || head.upgrade === undefined) {
      throw new WireError('BAD_STATUS_LINE', 'a 101 that was not asked for');
    }
    exchange.judge(101);
    exchange.record.status = 101;
    exchange.phase = 'tunnel';
    exchange.connection?.becomeTunnel();
    exchange.context.counts.upgrades += 1;
    writeTogether(exchange.client.socket, forwardInterim(head, table), first === undefined ? [] : [first]);
    exchange.record.sentBytes = first?.length ?? 0;
    exchange.client.openTunnel();
  }

  #tunnel(chunk: Buffer): void {
    const exchange = this.#exchange;
    const { socket } = exchange.client;
    exchange.record.sentBytes += chunk.length;
    socket.write(Buffer.from(chunk));
    exchange.touch();
    if (isFull(socket)) exchange.connection?.socket.pause();
  }
}

import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { ClientOrigin } from '../front/client-origin.ts';
import type { GatewayContext } from '../gateway-context.ts';
import type { Expiring } from '../timeouts.ts';
import type { FieldTable } from '../wire/field-table.ts';
import { ERROR_CODE } from './error-codes.ts';
import { ResetAllowance } from './reset-allowance.ts';
import { StreamClient, type StreamOwner } from './stream-client.ts';

/** Nothing follows the fields. */
const END_STREAM = 1;
/** How long a connection that was told to end may stay without a stream. */
const LINGER_MS = 2_000;

/** Who accepted the connection. */
export interface Http2ConnectionOwner {
  affinityKey(table: FieldTable, address: string): string | undefined;
  noteRefused(client: { readonly origin: ClientOrigin }, status: number): void;
  closed(connection: Http2Connection): void;
}

/** One client's connection: its streams, all at the same time. open → leaving (no stream begins any more) → closed. */
export class Http2Connection implements Expiring, StreamOwner {
  deadlineMs: number;
  readonly origin: ClientOrigin;
  readonly #session: ServerHttp2Session;
  readonly #owner: Http2ConnectionOwner;
  readonly #context: GatewayContext;
  readonly #streams = new Set<StreamClient>();
  readonly #resets: ResetAllowance;

  constructor(session: ServerHttp2Session, owner: Http2ConnectionOwner, context: GatewayContext, origin: ClientOrigin) {
    const nowMs = performance.now();
    this.#session = session;
    this.#owner = owner;
    this.#context = context;
    this.origin = origin;
    this.#resets = new ResetAllowance(nowMs);
    this.deadlineMs = nowMs + context.settings.timeouts.httpRequestMs;
    session.on('stream', (stream: ServerHttp2Stream, _fields: object, flags: number, ...raw: unknown[]) =>
      this.#begin(stream, flags, raw[0] as string[]),
    );
    session.on('error', () => {}); // 'close' follows
    session.on('close', () => this.#onClose());
  }

  affinityKey(table: FieldTable, address: string): string | undefined {
    return this.#owner.affinityKey(table, address);
  }

  noteRefused(status: number): void {
    this.#owner.noteRefused(this, status);
  }

  stuck(): void {
    this.destroy();
  }

  closed(stream: StreamClient, byClient: boolean): void {
    this.#streams.delete(stream);
    this.#context.deadlines.delete(stream);
    if (byClient) this.#countReset();
    else this.#resets.earn();
    if (this.#streams.size === 0 && this.deadlineMs === Number.POSITIVE_INFINITY) {
      this.deadlineMs = performance.now() + this.#context.settings.timeouts.httpKeepAliveMs;
    }
  }

  /** No stream begins any more; those under way end. */
  leave(): void {
    if (this.#session.destroyed || this.#session.closed) return;
    this.#session.close();
    if (this.#streams.size === 0) this.deadlineMs = performance.now() + LINGER_MS;
  }

  destroy(): void {
    this.#session.destroy();
  }

  /** It has had no stream for too long: it is told to end, and if it does not, cut. */
  expire(nowMs: number): void {
    if (this.#session.closed) this.destroy();
    else {
      this.leave();
      this.deadlineMs = nowMs + LINGER_MS;
    }
  }

  #begin(stream: ServerHttp2Stream, flags: number, fields: readonly string[]): void {
    // It is told of a turn later than it came: somebody may have reset it since.
    if (stream.destroyed || stream.closed) {
      stream.on('error', () => {});
      this.#countReset();
      return;
    }
    const client = new StreamClient(stream, fields, (flags & END_STREAM) !== 0, {
      owner: this,
      context: this.#context,
      origin: this.origin,
    });
    this.#streams.add(client);
    this.#context.deadlines.add(client);
    this.deadlineMs = Number.POSITIVE_INFINITY;
    client.begin();
    if (this.#context.draining()) this.leave();
  }

  #countReset(): void {
    if (this.#resets.take(performance.now()) || this.#session.destroyed) return;
    this.#session.destroy(new Error('The client resets too many streams.'), ERROR_CODE.ENHANCE_YOUR_CALM);
  }

  #onClose(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#owner.closed(this);
  }
}

import { ConnectionOptions } from './connection-options.ts';
import { FIELD } from './field-kinds.ts';
import type { FieldTable } from './field-table.ts';
import { CHUNKED, contentLength, demandChunked, type Framing, NO_BODY } from './framing.ts';
import { readRequestLine } from './request-line.ts';
import { hostOf, originTarget } from './target.ts';
import { WireError } from './wire-error.ts';

/** A request's head, understood; its other fields are in the table it was read with. */
export interface RequestHead {
  readonly method: string;
  /** In origin-form (or `*`), as it is passed on. */
  readonly target: string;
  /** HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  /** Of the target if that is absolute, else the Host field; '' when there is none (HTTP/1.0) or it is empty. */
  readonly host: string;
  /** The client lets the connection stay open after the response. */
  readonly keepAlive: boolean;
  readonly framing: Framing;
  readonly expectsContinue: boolean;
  /** What the client would change to; undefined without `Connection: upgrade`, with a body, and for h2c, which hides requests. */
  readonly upgrade: string | undefined;
  /** Accepts trailers (`TE: trailers`). */
  readonly trailers: boolean;
  /** All Cookie fields, joined by '; '; undefined without one. */
  readonly cookie: string | undefined;
  /** Values of fields that only a trusted peer may set. */
  readonly forwardedFor: string;
  readonly forwarded: string;
  readonly via: string;
  readonly connection: ConnectionOptions;
}

/**
 * Understands one whole head (to its empty line) or refuses it; nothing is guessed.
 * @throws WireError
 */
export function readRequestHead(text: string, table: FieldTable): RequestHead {
  const line = readRequestLine(text);
  table.read(text, line.end);
  const connection = new ConnectionOptions();
  let host: string | undefined;
  let length: number | undefined;
  let chunked = false;
  let upgrade: string | undefined;
  let cookie: string | undefined;
  let expectsContinue = false;
  let trailers = false;
  let forwardedFor = '';
  let forwarded = '';
  let via = '';
  for (let index = 0; index < table.count; index++) {
    switch (table.kind[index]) {
      case FIELD.other:
        break;
      case FIELD.host:
        if (host !== undefined) throw new WireError('BAD_HOST', 'several Host fields');
        host = hostOf(table.value(index));
        break;
      case FIELD.contentLength:
        if (length !== undefined) throw new WireError('AMBIGUOUS_FRAMING', 'several Content-Length fields');
        length = contentLength(table.framingValue(index));
        break;
      case FIELD.transferEncoding:
        if (chunked) throw new WireError('AMBIGUOUS_FRAMING', 'several Transfer-Encoding fields');
        demandChunked(table.framingValue(index));
        chunked = true;
        break;
      case FIELD.connection:
        connection.add(table.framingValue(index));
        break;
      case FIELD.upgrade:
        upgrade = upgrade === undefined ? table.value(index) : `${upgrade}, ${table.value(index)}`;
        break;
      case FIELD.expect:
        expectsContinue = table.value(index).toLowerCase() === '100-continue';
        break;
      case FIELD.te:
        trailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(table.value(index));
        break;
      case FIELD.cookie:
        cookie = cookie === undefined ? table.value(index) : `${cookie}; ${table.value(index)}`;
        break;
      case FIELD.forwardedFor:
        forwardedFor = joined(forwardedFor, table.value(index));
        break;
      case FIELD.forwarded:
        forwarded = joined(forwarded, table.value(index));
        break;
      case FIELD.via:
        via = joined(via, table.value(index));
        break;
    }
  }
  if (chunked && length !== undefined) {
    throw new WireError('AMBIGUOUS_FRAMING', 'both Content-Length and Transfer-Encoding');
  }
  if (chunked && line.minor === 0) throw new WireError('AMBIGUOUS_FRAMING', 'Transfer-Encoding in an HTTP/1.0 request');
  if (host === undefined && line.minor === 1) throw new WireError('BAD_HOST', 'an HTTP/1.1 request without Host');
  const origin = originTarget(line.method, line.target);
  const hasBody = chunked || (length ?? 0) > 0;
  const mayUpgrade = connection.upgrade && !hasBody && line.minor === 1 && upgrade !== undefined && upgrade !== '';
  return {
    method: line.method,
    target: origin.target,
    minor: line.minor,
    host: origin.authority ?? host ?? '',
    keepAlive: line.minor === 1 ? !connection.close : connection.keepAlive && !connection.close,
    framing: chunked ? CHUNKED : length === undefined ? NO_BODY : { kind: 'length', bytes: length },
    expectsContinue: expectsContinue && hasBody && line.minor === 1,
    upgrade: mayUpgrade && !/\bh2c\b/i.test(upgrade ?? '') ? upgrade : undefined,
    trailers,
    cookie,
    forwardedFor,
    forwarded,
    via,
    connection,
  };
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

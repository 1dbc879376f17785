import { ConnectionOptions } from './connection-options.ts';
import { FIELD } from './field-kinds.ts';
import type { FieldTable } from './field-table.ts';
import { CHUNKED, contentLength, demandChunked, type Framing, NO_BODY, UNTIL_CLOSE } from './framing.ts';
import { isFieldValue } from './octets.ts';
import { WireError } from './wire-error.ts';

/** A response's head, understood; its other fields are in the table it was read with. */
export interface ResponseHead {
  readonly status: number;
  /** The status line's words; may be empty. */
  readonly reason: string;
  readonly minor: 0 | 1;
  /** The upstream lets the connection stay open. */
  readonly keepAlive: boolean;
  /** For how long, if it said so (`Keep-Alive: timeout=5`), in ms. */
  readonly keepAliveMs: number | undefined;
  readonly framing: Framing;
  /** What the fields say of the body's length, also where none follows (HEAD, 304): passed on there. */
  readonly declared: Framing;
  readonly upgrade: string | undefined;
  readonly via: string;
  readonly connection: ConnectionOptions;
}

/**
 * @param method of the request it answers: a response to HEAD has no body whatever its fields say
 * @throws WireError
 */
export function readResponseHead(text: string, method: string, table: FieldTable): ResponseHead {
  const line = readStatusLine(text);
  table.read(text, line.end);
  const connection = new ConnectionOptions();
  let length: number | undefined;
  let chunked = false;
  let upgrade: string | undefined;
  let keepAliveMs: number | undefined;
  let via = '';
  for (let index = 0; index < table.count; index++) {
    switch (table.kind[index]) {
      case FIELD.other:
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
      case FIELD.keepAlive:
        keepAliveMs = keepAliveOf(table.value(index)) ?? keepAliveMs;
        break;
      case FIELD.upgrade:
        upgrade = table.value(index);
        break;
      case FIELD.via:
        via = via === '' ? table.value(index) : `${via}, ${table.value(index)}`;
        break;
    }
  }
  if (chunked && length !== undefined) {
    throw new WireError('AMBIGUOUS_FRAMING', 'both Content-Length and Transfer-Encoding');
  }
  if (chunked && line.minor === 0)
    throw new WireError('AMBIGUOUS_FRAMING', 'Transfer-Encoding in an HTTP/1.0 response');
  const declared: Framing = chunked ? CHUNKED : length === undefined ? UNTIL_CLOSE : { kind: 'length', bytes: length };
  if (line.status < 200 && (chunked || (length ?? 0) > 0)) {
    // It has none (RFC 9110, 15.2), and parsers differ on whether they then look for one: Node's does.
    throw new WireError('AMBIGUOUS_FRAMING', 'an interim response that announces a body');
  }
  const keepAlive = line.minor === 1 ? !connection.close : connection.keepAlive && !connection.close;
  if (line.status < 200 && line.status !== 101 && !keepAlive) {
    throw new WireError('AMBIGUOUS_FRAMING', 'an interim response that says that nothing follows');
  }
  const bodiless = line.status < 200 || line.status === 204 || line.status === 304 || method === 'HEAD';
  return {
    status: line.status,
    reason: line.reason,
    minor: line.minor,
    keepAlive,
    keepAliveMs,
    framing: bodiless ? NO_BODY : declared,
    declared,
    upgrade,
    via,
    connection,
  };
}

interface StatusLine {
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  readonly end: number;
}

function readStatusLine(text: string): StatusLine {
  const minor = text.startsWith('HTTP/1.1 ') ? 1 : text.startsWith('HTTP/1.0 ') ? 0 : undefined;
  if (minor === undefined) throw new WireError('BAD_STATUS_LINE', 'the response does not begin with HTTP/1.1');
  const status = digit(text, 9) * 100 + digit(text, 10) * 10 + digit(text, 11);
  if (!(status >= 100 && status <= 599)) throw new WireError('BAD_STATUS_LINE', 'a status that is not 100 to 599');
  const end = text.indexOf('\r\n', 12);
  if (end > 12 && text.charCodeAt(12) !== 32)
    throw new WireError('BAD_STATUS_LINE', 'a status of more than three digits');
  for (let at = 13; at < end; at++) {
    if (!isFieldValue(text.charCodeAt(at))) throw new WireError('BAD_STATUS_LINE', 'a control character in the reason');
  }
  return { status, reason: end > 13 ? text.slice(13, end) : '', minor, end: end + 2 };
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function keepAliveOf(value: string): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

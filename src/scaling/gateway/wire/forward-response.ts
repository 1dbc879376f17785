import { FIELD } from './field-kinds.ts';
import type { FieldTable } from './field-table.ts';
import type { ResponseHead } from './response-head.ts';

/** How the response's end will be shown to the client. */
export type ClientFraming = 'as-declared' | 'chunked' | 'close';

export interface ResponseRewriting {
  readonly framing: ClientFraming;
  /** What the Connection field says: the connection ends, stays (said to HTTP/1.0 only), or nothing is said. */
  readonly connection: 'close' | 'keep-alive' | 'unsaid';
  /** More lines of ours, each with its CRLF: an affinity cookie, limits. */
  readonly extra: string;
  readonly via: string;
}

/** The head as it goes to the client, under the same rules as a request's. */
export function forwardResponse(head: ResponseHead, table: FieldTable, how: ResponseRewriting): string {
  let out = `HTTP/1.1 ${head.status} ${head.reason}\r\n${passedFields(table, head)}`;
  if (how.framing === 'chunked') out += 'Transfer-Encoding: chunked\r\n';
  else if (how.framing === 'as-declared') out += declaredLines(head);
  if (how.connection === 'close') out += 'Connection: close\r\n';
  else if (how.connection === 'keep-alive') out += 'Connection: keep-alive\r\n';
  return `${out}Via: ${head.via === '' ? '' : `${head.via}, `}1.${head.minor} ${how.via}\r\n${how.extra}\r\n`;
}

/** An interim response: no framing, no Via; 101 names what the connection changes to. */
export function forwardInterim(head: ResponseHead, table: FieldTable): string {
  const upgrade = head.status === 101 ? `Connection: Upgrade\r\nUpgrade: ${head.upgrade ?? ''}\r\n` : '';
  return `HTTP/1.1 ${head.status} ${head.reason}\r\n${passedFields(table, head)}${upgrade}\r\n`;
}

function declaredLines(head: ResponseHead): string {
  // 1xx and 204 have neither; 304 and answers to HEAD may say what a GET would have got (RFC 9110, 8.6).
  if (head.status < 200 || head.status === 204) return '';
  switch (head.declared.kind) {
    case 'length':
      return `Content-Length: ${head.declared.bytes}\r\n`;
    case 'chunked':
      return head.status === 304 ? '' : 'Transfer-Encoding: chunked\r\n';
    default:
      return '';
  }
}

function passedFields(table: FieldTable, head: ResponseHead): string {
  const { text, count } = table;
  const nominated = head.connection.nominated;
  let out = '';
  let run = -1;
  for (let index = 0; index < count; index++) {
    const passes = isPassed(table.kind[index] as number) && !(nominated?.has(table.name(index).toLowerCase()) ?? false);
    if (passes && table.plain[index] === 1) {
      if (run === -1) run = table.nameStart[index] as number;
      continue;
    }
    if (run !== -1) out += text.slice(run, table.nameStart[index]);
    run = -1;
    if (passes) out += `${table.name(index)}: ${table.value(index)}\r\n`;
  }
  return run === -1 ? out : out + text.slice(run, text.length - 2);
}

/** Of the fields known by name, a response may hold those that mean something in requests only: they mean nothing here, and pass. */
function isPassed(kind: number): boolean {
  switch (kind) {
    case FIELD.other:
    case FIELD.host:
    case FIELD.expect:
    case FIELD.cookie:
    case FIELD.forwarded:
    case FIELD.forwardedFor:
    case FIELD.forwardedProto:
    case FIELD.forwardedHost:
      return true;
    default:
      return false;
  }
}

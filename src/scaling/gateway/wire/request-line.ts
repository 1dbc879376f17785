import { CR, isTarget, LF, SPACE } from './octets.ts';
import { WireError } from './wire-error.ts';

/**
 * The methods that Node's own parser knows (20 and 24): a worker would answer 400 to any other. CONNECT is not among them: this is no
 * forward proxy.
 */
const METHODS = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PATCH TRACE ACL BIND CHECKOUT COPY LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL MOVE ' +
    'NOTIFY PROPFIND PROPPATCH PURGE REBIND REPORT SEARCH SOURCE SUBSCRIBE UNBIND UNLINK UNLOCK UNSUBSCRIBE'
  ).split(' '),
);

const LONGEST_METHOD = 12;

export interface RequestLine {
  readonly method: string;
  /** As it was sent; its characters are checked, its form is not. */
  readonly target: string;
  readonly minor: 0 | 1;
  /** Where the fields begin. */
  readonly end: number;
}

/**
 * `METHOD SP target SP HTTP/1.x CRLF`, single spaces. One empty line before it is skipped, as RFC 9112 (2.2) asks for: old clients
 * send a CRLF after a body.
 * @throws WireError
 */
export function readRequestLine(text: string): RequestLine {
  const start = text.charCodeAt(0) === CR && text.charCodeAt(1) === LF ? 2 : 0;
  const space = text.indexOf(' ', start);
  if (space === -1 || space - start > LONGEST_METHOD) throw new WireError('BAD_START_LINE', 'no method');
  const method = text.slice(start, space);
  if (!METHODS.has(method)) throw new WireError('UNKNOWN_METHOD', 'a method that is not known, or not allowed');
  let at = space + 1;
  while (isTarget(text.charCodeAt(at))) at++;
  if (at === space + 1) throw new WireError('BAD_TARGET', 'no target');
  if (text.charCodeAt(at) !== SPACE) {
    throw new WireError('BAD_TARGET', `the target holds the character ${text.charCodeAt(at)}`);
  }
  const target = text.slice(space + 1, at);
  if (text.startsWith('HTTP/1.1\r\n', at + 1)) return { method, target, minor: 1, end: at + 11 };
  if (text.startsWith('HTTP/1.0\r\n', at + 1)) return { method, target, minor: 0, end: at + 11 };
  if (/^HTTP\/\d\.\d\r\n/.test(text.slice(at + 1, at + 11))) {
    throw new WireError('BAD_VERSION', 'a version other than HTTP/1.0 and HTTP/1.1');
  }
  throw new WireError('BAD_START_LINE', 'no version after the target');
}

import { FIELD, kindOfName } from '../wire/field-kinds.ts';
import { isTarget, isToken } from '../wire/octets.ts';
import { demandValue, fieldLine } from './field-lines.ts';
import { MalformedRequestError } from './malformed-request-error.ts';

const PSEUDO = new Set([':method', ':path', ':scheme', ':authority']);

/**
 * A request's fields as the head of an HTTP/1.1 request, which is then read as any other client's: whatever the reader of HTTP/1.1 refuses
 * is refused here too, and what it makes of the head is what the upstream gets. Cookie crumbs are joined; a body has the length that was
 * announced, or goes in chunks.
 * @param fields names and values in turns, as they came
 * @param ends nothing follows the head
 * @throws MalformedRequestError
 */
export function requestText(fields: readonly string[], ends: boolean): string {
  const pseudo = new Map<string, string>();
  let lines = '';
  let host: string | undefined;
  let cookie: string | undefined;
  let length: string | undefined;
  let regular = false;
  for (let index = 0; index < fields.length; index += 2) {
    const [name, value] = [fields[index] as string, fields[index + 1] as string];
    if (name.startsWith(':')) {
      if (regular) throw new MalformedRequestError(`${name} behind other fields`);
      notePseudo(pseudo, name, value);
      continue;
    }
    regular = true;
    const line = fieldLine(name, value);
    switch (kindOfName(name)) {
      case FIELD.connection:
      case FIELD.keepAlive:
      case FIELD.transferEncoding:
      case FIELD.upgrade:
        throw new MalformedRequestError(`${name} means nothing in HTTP/2`);
      case FIELD.te:
        if (value.toLowerCase() !== 'trailers') throw new MalformedRequestError('te other than trailers');
        lines += line;
        break;
      case FIELD.host:
        if (host !== undefined) throw new MalformedRequestError('several host fields');
        host = value;
        break;
      case FIELD.contentLength:
        if (length !== undefined) throw new MalformedRequestError('several content-length fields');
        length = value;
        lines += line;
        break;
      case FIELD.cookie:
        cookie = cookie === undefined ? value : `${cookie}; ${value}`;
        break;
      default:
        lines += line;
    }
  }
  if (ends && length !== undefined && !/^0+$/.test(length)) {
    throw new MalformedRequestError(`content-length is ${length}, and no body follows`);
  }
  if (cookie !== undefined) lines += `cookie: ${cookie}\r\n`;
  if (!ends && length === undefined) lines += 'transfer-encoding: chunked\r\n';
  return `${startLine(pseudo)}${hostLine(pseudo.get(':authority'), host)}${lines}\r\n`;
}

function notePseudo(pseudo: Map<string, string>, name: string, value: string): void {
  if (!PSEUDO.has(name)) throw new MalformedRequestError(`${name} is not known`);
  if (pseudo.has(name)) throw new MalformedRequestError(`several ${name}`);
  demandValue(name, value);
  pseudo.set(name, value);
}

function startLine(pseudo: ReadonlyMap<string, string>): string {
  const { method, path } = { method: pseudo.get(':method') ?? '', path: pseudo.get(':path') ?? '' };
  if (method === '' || !every(method, isToken)) throw new MalformedRequestError(':method is none');
  // An absolute URL would take the place of the host that `:authority` names.
  if (!(path.startsWith('/') || (path === '*' && method === 'OPTIONS')) || !every(path, isTarget)) {
    throw new MalformedRequestError(':path is none');
  }
  const scheme = pseudo.get(':scheme');
  if (scheme !== 'https') throw new MalformedRequestError(`:scheme is ${scheme}, the connection's is https`);
  return `${method} ${path} HTTP/1.1\r\n`;
}

/** What makes a request for two hosts out of one is refused (RFC 9113, 8.3.1). */
function hostLine(authority: string | undefined, host: string | undefined): string {
  if (authority === undefined || authority === '') return host === undefined ? '' : `host: ${host}\r\n`;
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase()) {
    throw new MalformedRequestError(':authority and host differ');
  }
  return `host: ${authority}\r\n`;
}

function every(text: string, is: (code: number) => boolean): boolean {
  for (let index = 0; index < text.length; index++) if (!is(text.charCodeAt(index))) return false;
  return true;
}

import { isFieldValue, isToken, SPACE, TAB } from '../wire/octets.ts';
import { MalformedRequestError } from './malformed-request-error.ts';

/**
 * One field as a line of HTTP/1.1. HTTP/2 tells how long a name or value is, so it could hold what ends a line in HTTP/1.1: whoever lets
 * that through turns one request into two.
 * @throws MalformedRequestError
 */
export function fieldLine(name: string, value: string): string {
  demandName(name);
  demandValue(name, value);
  return `${name}: ${value}\r\n`;
}

/** Lower case is demanded by RFC 9113, 8.2. @throws MalformedRequestError */
function demandName(name: string): void {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (!isToken(code) || (code >= 65 && code <= 90)) {
      throw new MalformedRequestError(`a field's name holds the character ${code}`);
    }
  }
  if (name === '') throw new MalformedRequestError('a field without a name');
}

/** @throws MalformedRequestError for control characters, and for blanks at the begin or end (RFC 9113, 8.2.1) */
export function demandValue(name: string, value: string): void {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (!isFieldValue(code)) throw new MalformedRequestError(`${name} holds the character ${code}`);
  }
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1))) {
    throw new MalformedRequestError(`${name} begins or ends with a blank`);
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

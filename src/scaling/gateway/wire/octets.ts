/** Character classes of RFC 9110 and RFC 3986, one byte of bits per octet: one look-up in place of a chain of comparisons. */
const TOKEN = 1;
const FIELD_VALUE = 2;
const TARGET = 4;
const HOST = 8;

const classes = new Uint8Array(256);

function mark(bit: number, characters: string): void {
  for (let index = 0; index < characters.length; index++) {
    const code = characters.charCodeAt(index);
    classes[code] = (classes[code] as number) | bit;
  }
}

function markRange(bit: number, first: number, last: number): void {
  for (let code = first; code <= last; code++) classes[code] = (classes[code] as number) | bit;
}

const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

mark(TOKEN, `${ALPHANUMERIC}!#$%&'*+-.^_\`|~`);
mark(FIELD_VALUE, '\t');
markRange(FIELD_VALUE, 0x20, 0x7e);
markRange(FIELD_VALUE, 0x80, 0xff);
// Visible ASCII without `#`, which no request target may hold. Browsers leave some characters unescaped that RFC 3986 would have escaped.
markRange(TARGET, 0x21, 0x7e);
classes[0x23] = (classes[0x23] as number) & ~TARGET;
mark(HOST, `${ALPHANUMERIC}-._~!$&'()*+;=:[]%`);

/** A character of a field name or a method. `code` may be NaN (past the end): then false. */
export function isToken(code: number): boolean {
  return ((classes[code] as number) & TOKEN) !== 0;
}

export function isFieldValue(code: number): boolean {
  return ((classes[code] as number) & FIELD_VALUE) !== 0;
}

export function isTarget(code: number): boolean {
  return ((classes[code] as number) & TARGET) !== 0;
}

export function isHost(code: number): boolean {
  return ((classes[code] as number) & HOST) !== 0;
}

export const CR = 13;
export const LF = 10;
export const SPACE = 32;
export const TAB = 9;
export const COLON = 58;

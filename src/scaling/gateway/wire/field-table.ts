import { fieldKind } from './field-kinds.ts';
import { COLON, CR, isFieldValue, isToken, LF, SPACE, TAB } from './octets.ts';
import { WireError } from './wire-error.ts';

/** More fields than this in one head are refused: no client sends so many, and each costs time. */
export const MAX_FIELDS = 128;

/**
 * The fields of one head as offsets into its text. Reading and rewriting a head is one synchronous step, so one table serves all
 * connections of the process, and no object is made per field.
 */
export class FieldTable {
  text = '';
  count = 0;
  readonly nameStart = new Int32Array(MAX_FIELDS);
  readonly nameEnd = new Int32Array(MAX_FIELDS);
  readonly valueStart = new Int32Array(MAX_FIELDS);
  readonly valueEnd = new Int32Array(MAX_FIELDS);
  readonly kind = new Uint8Array(MAX_FIELDS);
  /** 1: the line is `name: value` with one space, so it may be passed as it is. */
  readonly plain = new Uint8Array(MAX_FIELDS);

  /**
   * Reads the lines from `from` to the empty line that ends `text`. Strict (RFC 9112, 5): a name is a token, no space before the
   * colon, no folded line, no control character, CRLF at each end.
   * @throws WireError BAD_FIELD, HEAD_TOO_LARGE (too many fields)
   */
  read(text: string, from: number): void {
    this.text = text;
    this.count = 0;
    const end = text.length - 2;
    let at = from;
    while (at < end) at = this.#readLine(text, at);
    if (at !== end || text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) {
      throw new WireError('BAD_FIELD', 'the head does not end with an empty line');
    }
  }

  name(index: number): string {
    return this.text.slice(this.nameStart[index], this.nameEnd[index]);
  }

  value(index: number): string {
    return this.text.slice(this.valueStart[index], this.valueEnd[index]);
  }

  /**
   * The value of a field that frames the message or steers the connection: nothing may stand behind it, since parsers differ on which blanks they drop.
   * @throws WireError BAD_FIELD
   */
  framingValue(index: number): string {
    if (this.text.charCodeAt(this.valueEnd[index] as number) !== CR) {
      throw new WireError('BAD_FIELD', `a blank at the end of ${this.name(index)}`);
    }
    return this.value(index);
  }

  #readLine(text: string, lineStart: number): number {
    const index = this.count;
    if (index === MAX_FIELDS) throw new WireError('HEAD_TOO_LARGE', `more than ${MAX_FIELDS} fields`);
    let at = lineStart;
    while (isToken(text.charCodeAt(at))) at++;
    if (at === lineStart || text.charCodeAt(at) !== COLON) throw badName(text, lineStart, at);
    this.nameStart[index] = lineStart;
    this.nameEnd[index] = at;
    this.kind[index] = fieldKind(text, lineStart, at);
    at++;
    const afterColon = at;
    let code = text.charCodeAt(at);
    while (code === SPACE || code === TAB) code = text.charCodeAt(++at);
    const valueStart = at;
    while (isFieldValue(code)) code = text.charCodeAt(++at);
    if (code !== CR || text.charCodeAt(at + 1) !== LF) {
      throw new WireError('BAD_FIELD', `a field's value holds the character ${code}`);
    }
    let valueEnd = at;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
    this.valueStart[index] = valueStart;
    this.valueEnd[index] = valueEnd;
    const plain = valueStart === afterColon + 1 && valueEnd === at && text.charCodeAt(afterColon) === SPACE;
    this.plain[index] = plain ? 1 : 0;
    this.count = index + 1;
    return at + 2;
  }
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function badName(text: string, lineStart: number, at: number): WireError {
  const code = text.charCodeAt(at);
  if (at === lineStart && isBlank(code)) return new WireError('BAD_FIELD', 'a folded line (obs-fold)');
  if (isBlank(code)) return new WireError('BAD_FIELD', 'a space in a field name or before its colon');
  return new WireError('BAD_FIELD', `a field's name holds the character ${code}, or is empty`);
}

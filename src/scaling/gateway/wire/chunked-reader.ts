import { FieldTable } from './field-table.ts';
import { CR, isFieldValue, LF } from './octets.ts';
import { trailerLines } from './trailers.ts';
import { WireError } from './wire-error.ts';

/** A size and its extensions; nobody needs more, and each chunk's line is gone through byte by byte. */
const MAX_SIZE_LINE = 256;
/** Extensions of a whole body together: they carry nothing that is passed on. */
const MAX_EXTENSION_BYTES = 4096;
const MAX_TRAILER_BYTES = 8192;
/** 2^48: a body of more is none. */
const MAX_SIZE_DIGITS = 12;

type State = 'size' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done';

const table = new FieldTable();

/**
 * Reads a chunked body strictly (RFC 9112, 7.1) and gives it out again, either as chunks in canonical form (no extensions, no leading
 * zeros, forbidden trailers dropped) or as payload only. Bytes that are canonical already are given as slices of the input.
 */
export class ChunkedReader {
  /** The payload seen so far. */
  payloadBytes = 0;
  /** Lines of those that may be passed on; '' without any, and until it is done. */
  trailers = '';
  readonly #asChunks: boolean;
  #state: State = 'size';
  #left = 0;
  /** The beginning of a size line or of the trailers, when a read ended in it. */
  #partial = '';
  #extensionBytes = 0;

  constructor(asChunks: boolean) {
    this.#asChunks = asChunks;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /**
   * Takes `input` from `from` on and appends what is to be passed on to `out`.
   * @returns where the body ended, or the input's length
   * @throws WireError BAD_CHUNK
   */
  read(input: Buffer, from: number, out: Buffer[]): number {
    const length = input.length;
    let at = from;
    /** Where the bytes begin that are to be passed on as they are and have not been given out; -1: none are under way. */
    let run = this.#asChunks && this.#partial === '' && this.#state !== 'trailers' ? at : -1;
    while (at < length && this.#state !== 'done') {
      switch (this.#state) {
        case 'size': {
          const end = input.indexOf(LF, at);
          if (end === -1) {
            if (run !== -1 && at > run) out.push(input.subarray(run, at));
            run = -1;
            this.#keep(input.toString('latin1', at, length), MAX_SIZE_LINE);
            return length;
          }
          const whole = this.#partial === '';
          const line = whole
            ? input.toString('latin1', at, end + 1)
            : this.#partial + input.toString('latin1', at, end + 1);
          this.#partial = '';
          const canonical = this.#readSize(line);
          if (this.#left === 0) {
            if (run !== -1 && at > run) out.push(input.subarray(run, at));
            run = -1;
            this.#state = 'trailers';
          } else {
            if (this.#asChunks && !(whole && canonical)) {
              if (run !== -1 && at > run) out.push(input.subarray(run, at));
              out.push(Buffer.from(`${this.#left.toString(16)}\r\n`, 'latin1'));
              run = end + 1;
            }
            this.#state = 'data';
          }
          at = end + 1;
          break;
        }
        case 'data': {
          const taken = Math.min(this.#left, length - at);
          if (!this.#asChunks) out.push(input.subarray(at, at + taken));
          this.#left -= taken;
          this.payloadBytes += taken;
          at += taken;
          if (this.#left === 0) this.#state = 'data-cr';
          break;
        }
        case 'data-cr':
          if (input[at++] !== CR) throw new WireError('BAD_CHUNK', 'no CRLF after a chunk');
          this.#state = 'data-lf';
          break;
        case 'data-lf':
          if (input[at++] !== LF) throw new WireError('BAD_CHUNK', 'no CRLF after a chunk');
          this.#state = 'size';
          break;
        case 'trailers':
          at = this.#readTrailers(input, at, out);
          break;
      }
    }
    if (run !== -1 && at > run) out.push(input.subarray(run, at));
    return at;
  }

  /** Takes a whole size line in; true when it is in canonical form. */
  #readSize(line: string): boolean {
    let size = 0;
    let digits = 0;
    for (; digits <= MAX_SIZE_DIGITS; digits++) {
      const value = hexDigit(line.charCodeAt(digits));
      if (value === -1) break;
      size = size * 16 + value;
    }
    if (digits === 0 || digits > MAX_SIZE_DIGITS) throw new WireError('BAD_CHUNK', 'a chunk size that is none');
    if (line.charCodeAt(line.length - 2) !== CR)
      throw new WireError('BAD_CHUNK', 'a chunk size that ends in a bare LF');
    this.#left = size;
    const extension = line.length - 2 - digits;
    if (extension > 0) this.#readExtension(line, digits, extension);
    return extension === 0 && (digits === 1 || line.charCodeAt(0) !== 48);
  }

  #readExtension(line: string, start: number, bytes: number): void {
    this.#extensionBytes += bytes;
    if (line.length > MAX_SIZE_LINE || this.#extensionBytes > MAX_EXTENSION_BYTES) {
      throw new WireError('BAD_CHUNK', `chunk extensions of more than ${MAX_EXTENSION_BYTES} bytes`);
    }
    if (!/^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]+|"[^"\\]*"))?)+$/.test(line.slice(start, -2))) {
      throw new WireError('BAD_CHUNK', 'a chunk extension that is none');
    }
    for (let at = start; at < line.length - 2; at++) {
      if (!isFieldValue(line.charCodeAt(at)))
        throw new WireError('BAD_CHUNK', 'a control character in a chunk extension');
    }
  }

  #readTrailers(input: Buffer, from: number, out: Buffer[]): number {
    const before = this.#partial;
    if (before === '' && input[from] === CR && input[from + 1] === LF) {
      this.#finish('', out);
      return from + 2;
    }
    // The end may lie in bytes that came before: searched in the text of both, which is small.
    const text = before + input.toString('latin1', from, Math.min(input.length, from + MAX_TRAILER_BYTES + 4));
    const end = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n') + 4;
    if (end === 3) {
      this.#keep(input.toString('latin1', from), MAX_TRAILER_BYTES);
      // A bare LF or CR can never become the end: not waited for.
      if (/[^\r]\n|^\n|\r[^\n]|\0/.test(this.#partial))
        throw new WireError('BAD_CHUNK', 'a bare CR or LF in the trailers');
      return input.length;
    }
    if (end > MAX_TRAILER_BYTES) throw new WireError('BAD_CHUNK', `trailers of more than ${MAX_TRAILER_BYTES} bytes`);
    this.#partial = '';
    this.#finish(end === 2 ? '' : text.slice(0, end), out);
    return from + end - before.length;
  }

  #finish(trailers: string, out: Buffer[]): void {
    let lines = '';
    if (trailers !== '') {
      table.read(trailers, 0);
      lines = trailerLines(table);
    }
    if (this.#asChunks) out.push(lines === '' ? LAST_CHUNK : Buffer.from(`0\r\n${lines}\r\n`, 'latin1'));
    this.trailers = lines;
    this.#state = 'done';
  }

  #keep(text: string, maxBytes: number): void {
    this.#partial += text;
    if (this.#partial.length > maxBytes)
      throw new WireError('BAD_CHUNK', `a line of more than ${maxBytes} bytes between chunks`);
    if (this.#state === 'size' && !/^[0-9a-fA-F]{1,12}(?:;[^\n]*)?\r?$/.test(this.#partial)) {
      throw new WireError('BAD_CHUNK', 'a chunk size that is none');
    }
  }
}

/** What ends a chunked body without trailers. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n', 'latin1');

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

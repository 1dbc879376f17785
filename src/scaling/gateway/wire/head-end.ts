import { CR, LF } from './octets.ts';
import { WireError } from './wire-error.ts';

const END = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Where the head in `bytes` ends (just behind its empty line), or -1 when it is not there yet.
 * @param checked how many of the bytes an earlier call has seen
 * @throws WireError HEAD_TOO_LARGE beyond `maxBytes`; BAD_FIELD as soon as a line ends otherwise than by CRLF, so that what can never
 * become a head is not waited for
 */
export function headEnd(bytes: Buffer, checked: number, maxBytes: number): number {
  const found = bytes.indexOf(END, Math.max(0, checked - 3));
  const end = found === -1 ? -1 : found + 4;
  if (end > maxBytes || (end === -1 && bytes.length >= maxBytes)) {
    throw new WireError('HEAD_TOO_LARGE', `the head is longer than ${maxBytes} bytes`);
  }
  if (end === -1) demandLines(bytes, checked);
  return end;
}

function demandLines(bytes: Buffer, checked: number): void {
  for (let at = Math.max(0, checked - 1); at < bytes.length; at++) {
    const octet = bytes[at] as number;
    if (octet === LF && (at === 0 || bytes[at - 1] !== CR))
      throw new WireError('BAD_FIELD', 'a line that ends in a bare LF');
    if (octet === CR && at + 1 < bytes.length && bytes[at + 1] !== LF) throw new WireError('BAD_FIELD', 'a bare CR');
    if (octet === 0) throw new WireError('BAD_FIELD', 'a NUL in the head');
  }
}

import { WireError } from './wire-error.ts';

/** How a body's end is found (RFC 9112, 6.3). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

export const NO_BODY: Framing = { kind: 'none' };
export const CHUNKED: Framing = { kind: 'chunked' };
export const UNTIL_CLOSE: Framing = { kind: 'until-close' };

/** Digits beyond this are no exact number any more. */
const MAX_DIGITS = 15;

/** @throws WireError BAD_LENGTH for anything but 1 to 15 digits */
export function contentLength(value: string): number {
  if (value.length === 0 || value.length > MAX_DIGITS) {
    throw new WireError('BAD_LENGTH', `Content-Length is "${value}"; allowed are 1 to ${MAX_DIGITS} digits`);
  }
  let bytes = 0;
  for (let index = 0; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) {
      throw new WireError('BAD_LENGTH', `Content-Length is "${value}"; allowed are digits only`);
    }
    bytes = bytes * 10 + digit;
  }
  return bytes;
}

/** @throws WireError BAD_TRANSFER_CODING for anything but `chunked` */
export function demandChunked(value: string): void {
  if (value.length !== 7 || value.toLowerCase() !== 'chunked') {
    throw new WireError('BAD_TRANSFER_CODING', `Transfer-Encoding is "${value}"; allowed is chunked alone`);
  }
}

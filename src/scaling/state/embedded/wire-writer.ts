import { StateError } from '../errors.ts';
import type { Value } from '../shared-state.ts';
import type { Stored } from './stored.ts';

/** Below this a loop over ASCII in JavaScript is quicker than the call into native code. */
const SHORT_TEXT = 48;
const ASCII_END = 0x80;
/** No UTF-16 unit needs more in UTF-8. */
const UTF8_BYTES_PER_UNIT = 3;

/**
 * Bytes in the making: numbers little-endian, text and byte strings behind their length (4 bytes).
 * Several frames are appended to one writer, so that one system call sends them all.
 */
export class WireWriter {
  #buffer: Buffer;
  #length = 0;
  readonly #limitBytes: number;

  /** `limitBytes`: what a frame that makes it grow beyond this gets is STATE_BAD_ARGUMENT. */
  constructor(initialBytes: number, limitBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes);
    this.#limitBytes = limitBytes;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory it holds. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** What was written, not a copy. */
  get written(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Forgets what was written after `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  flag(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  /** Whole, 0 to 2³² - 1. */
  size(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  number(value: number): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  text(value: string): void {
    this.#reserve(4 + value.length * UTF8_BYTES_PER_UNIT);
    const start = this.#length + 4;
    const end = this.#ascii(value, start) ? start + value.length : start + this.#buffer.write(value, start, 'utf8');
    this.#buffer.writeUInt32LE(end - start, this.#length);
    this.#length = end;
  }

  /** A value as the caller gave it; a string becomes UTF-8. */
  value(value: Value): void {
    if (typeof value === 'string') {
      this.text(value);
      return;
    }
    this.#reserve(4 + value.byteLength);
    this.#length = this.#buffer.writeUInt32LE(value.byteLength, this.#length);
    this.#buffer.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** A value as the store keeps it. */
  stored(value: Stored): void {
    this.#reserve(4 + value.length);
    this.#length = this.#buffer.writeUInt32LE(value.length, this.#length);
    this.#length += this.#buffer.write(value, this.#length, 'latin1');
  }

  texts(values: readonly string[]): void {
    this.size(values.length);
    for (const value of values) this.text(value);
  }

  /** Bytes of a frame that was made elsewhere. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Begins a frame, whose length is filled in by `endFrame`. Returns where it begins. */
  beginFrame(): number {
    const start = this.#length;
    this.#reserve(4);
    this.#length += 4;
    return start;
  }

  endFrame(start: number): void {
    this.#buffer.writeUInt32LE(this.#length - start - 4, start);
  }

  #ascii(value: string, start: number): boolean {
    if (value.length > SHORT_TEXT) return false;
    const buffer = this.#buffer;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= ASCII_END) return false;
      buffer[start + index] = unit;
    }
    return true;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#limitBytes) {
      throw new StateError(
        'STATE_BAD_ARGUMENT',
        `what was asked for needs more than ${this.#limitBytes} bytes at once; ask for less at a time`,
      );
    }
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#limitBytes, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

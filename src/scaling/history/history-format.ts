/**
 * A history as bytes: a first line that says what it is, the length of a header, the header (JSON), the values (32-bit floats, little
 * endian) in the order of the header, and a SHA-256 of all that.
 */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { History, StoredTicks } from './history.ts';

const MAGIC = Buffer.from('tidegate history 1\n');
const DIGEST_BYTES = 32;
const FLOAT_BYTES = 4;
const IS_LITTLE_ENDIAN = endianness() === 'LE';

/** The file is no history of ours: what it is instead must not be overwritten. */
export class ForeignFileError extends Error {
  readonly code = 'HISTORY_FOREIGN_FILE';

  constructor() {
    super('it is not a history of tidegate; name another file, or move it away');
    this.name = 'ForeignFileError';
  }
}

/** The file was a history and can't be read any more. */
export class CorruptHistoryError extends Error {
  readonly code = 'HISTORY_CORRUPT';

  constructor(why: string) {
    super(`it is damaged (${why})`);
    this.name = 'CorruptHistoryError';
  }
}

interface Header {
  readonly steps: readonly number[];
  readonly series: readonly {
    readonly name: string;
    /** `[first tick, count]` at each resolution. */
    readonly ticks: readonly (readonly [firstTick: number, count: number])[];
  }[];
}

export function encodeHistory(history: History): Buffer {
  const series: Header['series'][number][] = [];
  const parts: Buffer[] = [];
  for (const { name, ticks } of history.stored()) {
    series.push({ name, ticks: ticks.map(({ firstTick, values }) => [firstTick, values.length]) });
    for (const { values } of ticks) parts.push(littleEndian(values));
  }
  const header: Header = { steps: history.resolutions.map(({ stepMs }) => stepMs), series };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const body = Buffer.concat([MAGIC, length, text, ...parts]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/**
 * Puts what the bytes tell into an empty history.
 * @throws ForeignFileError, CorruptHistoryError
 */
export function decodeHistory(bytes: Buffer, history: History, nowMs: number): void {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new ForeignFileError();
  const body = bytes.subarray(0, Math.max(MAGIC.length, bytes.length - DIGEST_BYTES));
  const digest = bytes.subarray(body.length);
  if (!createHash('sha256').update(body).digest().equals(digest)) throw new CorruptHistoryError('wrong checksum');
  const headerAt = MAGIC.length + 4;
  const header = JSON.parse(body.subarray(headerAt, headerAt + body.readUInt32LE(MAGIC.length)).toString()) as Header;
  const steps = history.resolutions.map(({ stepMs }) => stepMs);
  // Another version kept other resolutions: better no past than a wrong one.
  if (header.steps.join() !== steps.join()) throw new CorruptHistoryError('other resolutions');
  let at = headerAt + body.readUInt32LE(MAGIC.length);
  for (const { name, ticks } of header.series) {
    const stored = ticks.map(([firstTick, count]): StoredTicks => {
      const values = Float32Array.from({ length: count }, (_, index) => body.readFloatLE(at + index * FLOAT_BYTES));
      at += count * FLOAT_BYTES;
      return { firstTick, values };
    });
    history.restore(name, stored, nowMs);
  }
}

function littleEndian(values: Float32Array): Buffer {
  if (IS_LITTLE_ENDIAN) return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const bytes = Buffer.allocUnsafe(values.length * FLOAT_BYTES);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes;
}

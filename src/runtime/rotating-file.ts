/** A file of lines that begins anew when it is full: `app.log`, before it `app.log.1`, `app.log.2`, … */
import { mkdirSync, statSync } from 'node:fs';
import { appendFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { shiftFiles } from '../scaling/earlier-files.ts';

/** Lines that a disk does not take this fast are left out, and counted: memory must not fill for a log. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

export interface RotatingFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  /** Files in all, at least 1. */
  readonly count: number;
  /** Told when writing begins to fail, not again until it worked in between. */
  readonly onFailure: (error: Error) => void;
}

export class RotatingFile extends Writable {
  readonly #options: RotatingFileOptions;
  #bytes: number;
  #failing = false;
  #leftOut = 0;

  constructor(options: RotatingFileOptions) {
    super({ highWaterMark: MAX_WAITING_BYTES, decodeStrings: true });
    this.#options = options;
    this.#bytes = sizeOf(options.path);
  }

  /** One line; left out while too many wait for the disk. */
  line(text: string): void {
    if (this.writableLength > MAX_WAITING_BYTES) {
      this.#leftOut += 1;
      return;
    }
    const gap =
      this.#leftOut > 0 ? `${JSON.stringify({ level: 'warn', message: `${this.#leftOut} lines left out` })}\n` : '';
    this.#leftOut = 0;
    this.write(`${gap}${text}\n`);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  /** What waited goes in one piece, cut only where a file is full. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#append(chunks.map(({ chunk }) => chunk)).then(
      () => {
        this.#failing = false;
        done();
      },
      (error: Error) => {
        if (!this.#failing) this.#options.onFailure(error);
        this.#failing = true;
        // The lines are lost; those that follow may find the disk in order again.
        done();
      },
    );
  }

  async #append(lines: readonly Buffer[]): Promise<void> {
    this.#bytes = sizeOf(this.#options.path); // other processes may write there too, and may have begun a new one
    let batch: Buffer[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      await appendFile(this.#options.path, Buffer.concat(batch), { mode: 0o640 });
      this.#bytes += bytes;
      batch = [];
      bytes = 0;
    };
    for (const line of lines) {
      if (this.#bytes + bytes > 0 && this.#bytes + bytes + line.length > this.#options.maxBytes) {
        await flush();
        await this.#rotate();
      }
      batch.push(line);
      bytes += line.length;
    }
    await flush();
  }

  async #rotate(): Promise<void> {
    const { path: file, count } = this.#options;
    // A single file is emptied: there is no earlier one that it could become.
    if (count === 1) await truncate(file, 0);
    else await shiftFiles(file, count);
    this.#bytes = 0;
  }
}

function sizeOf(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

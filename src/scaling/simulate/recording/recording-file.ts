import { type FileHandle, open } from 'node:fs/promises';
import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import type { ScalerState } from '../../autoscale/state.ts';
import { shiftFiles } from '../../earlier-files.ts';
import type { Seen } from './line.ts';
import { Recorder } from './recorder.ts';

/** More than this unwritten means that the disk does not keep up: recording pauses, serving goes on. */
const MOST_UNWRITTEN = 8_000_000;
/** How long after a failure the file is tried again. */
const RETRY_MS = 60_000;
const NEWLINE = '\n'.charCodeAt(0);

export interface RecordingFileOptions {
  readonly file: string;
  /** Of the file and the one before it (`FILE.1`) together. */
  readonly maxBytes: number;
  readonly policy: ScalingPolicy;
  /**
   * Told once when the file can't be written (any more), and with null when it can again; what is decided between is not recorded.
   */
  readonly onTrouble: (error: Error | null) => void;
}

/** Lines on their way to the file; those of a `fresh` chunk begin a new one. */
interface Chunk {
  readonly fresh: boolean;
  text: string;
}

/**
 * A recording that is appended to a file. At half of `maxBytes` the file becomes `FILE.1` and a new one begins, with a header from which
 * it can be replayed by itself. Writing is in the background and a failure is no error of the caller's.
 */
export class RecordingFile {
  readonly #options: RecordingFileOptions;
  #recorder: Recorder | null = null;
  #handle: FileHandle | null = null;
  /** In the present file, as far as written or on the way. */
  #bytes = 0;
  #chunks: Chunk[] = [];
  #writing: Promise<void> | null = null;
  /** When the file was last found unusable; null: it works. */
  #failedAtMs: number | null = null;
  #told = false;

  constructor(options: RecordingFileOptions) {
    this.#options = options;
  }

  /**
   * Notes one decision.
   * @param seen what `decide()` was given
   * @param before the state that it was given
   */
  note(seen: Seen, record: DecisionRecord, before: ScalerState): void {
    if (this.#failedAtMs !== null) {
      if (record.atMs - this.#failedAtMs < RETRY_MS) return;
      this.#failedAtMs = null;
    }
    if (this.#bytes > this.#options.maxBytes / 2) {
      this.#recorder = null;
      this.#chunks.push({ fresh: true, text: '' });
      this.#bytes = 0;
    }
    const from = before.decisions === 0 ? before.desired : before;
    this.#recorder ??= new Recorder((line) => this.#queue(line), this.#options.policy, from);
    this.#recorder.note(seen, record);
    const unwritten = this.#chunks.reduce((sum, { text }) => sum + text.length, 0);
    if (unwritten > MOST_UNWRITTEN)
      this.#fail(new Error('the disk does not keep up with what is recorded'), record.atMs);
    else this.#writing ??= this.#write(record.atMs);
  }

  /** Resolves when all is written, or can't be. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#release();
  }

  #queue(line: string): void {
    const last = this.#chunks.at(-1);
    if (last === undefined) this.#chunks.push({ fresh: false, text: `${line}\n` });
    else last.text += `${line}\n`;
    this.#bytes += Buffer.byteLength(line) + 1;
  }

  async #write(nowMs: number): Promise<void> {
    try {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
        if (chunk.fresh) await this.#rotate();
        this.#handle ??= await this.#open();
        await this.#handle.appendFile(chunk.text);
      }
      if (this.#told) this.#options.onTrouble(null);
      this.#told = false;
    } catch (error) {
      this.#fail(error as Error, nowMs);
      await this.#release();
    } finally {
      this.#writing = null;
    }
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#options.file, 'a+', 0o600);
    const { size } = await handle.stat();
    this.#bytes += size;
    if (size === 0) return handle;
    // A line that was cut off when the machine or the disk failed must not swallow the next one.
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== NEWLINE) await handle.appendFile('\n');
    return handle;
  }

  async #rotate(): Promise<void> {
    await this.#release();
    await shiftFiles(this.#options.file, 2);
  }

  #fail(error: Error, nowMs: number): void {
    this.#failedAtMs = nowMs;
    this.#recorder = null;
    this.#chunks = [];
    this.#bytes = 0;
    if (this.#told) return;
    this.#told = true;
    this.#options.onTrouble(error);
  }

  async #release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(() => {});
  }
}

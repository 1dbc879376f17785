import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { History } from './history.ts';
import { CorruptHistoryError, decodeHistory, encodeHistory } from './history-format.ts';

export interface HistoryFileOptions {
  /** HISTORY_FILE. */
  readonly path: string;
  readonly history: History;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

/** Keeps a history across restarts: written whole to a new file that then takes the place of the old, so that none is ever half. */
export class HistoryFile {
  readonly #options: HistoryFileOptions;
  #writing: Promise<void> | null = null;
  /** What is there is not ours to replace. */
  #isLeftAlone = false;
  #complained = false;

  constructor(options: HistoryFileOptions) {
    this.#options = options;
  }

  /** Reads what there is. A missing file is a beginning; a damaged one is begun anew; one that is not ours, or can't be read, is left alone. Never rejects. */
  async load(nowMs: number): Promise<void> {
    const { path, history, log } = this.#options;
    try {
      decodeHistory(await readFile(path), history, nowMs);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#isLeftAlone = !(error instanceof CorruptHistoryError);
      const then = this.#isLeftAlone ? 'the history is not kept on disk' : 'the history begins anew';
      log('warn', `${path} can't be read: ${(error as Error).message}; ${then}`);
    }
  }

  /** Writes it, unless that is under way. Never rejects; says once what stands in the way. */
  save(): Promise<void> {
    if (this.#isLeftAlone) return Promise.resolve();
    this.#writing ??= this.#write()
      .then(() => {
        this.#complained = false;
      })
      .catch((error: Error) => {
        if (!this.#complained) this.#options.log('warn', `the history can't be written: ${error.message}`);
        this.#complained = true;
      })
      .finally(() => {
        this.#writing = null;
      });
    return this.#writing;
  }

  /** Waits for a write that is under way, and writes the rest. */
  async close(): Promise<void> {
    await this.#writing;
    await this.save();
  }

  async #write(): Promise<void> {
    const { path, history } = this.#options;
    await mkdir(dirname(path), { recursive: true });
    const fresh = `${path}.${process.pid}.new`;
    try {
      const file = await open(fresh, 'w', 0o600);
      try {
        await file.writeFile(encodeHistory(history));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(fresh, path);
    } catch (error) {
      await rm(fresh, { force: true });
      throw error;
    }
  }
}

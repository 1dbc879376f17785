/** The audit log as a file of JSON lines. */
import { appendFileSync } from 'node:fs';
import type { AuditEntry, AuditLog } from './services.ts';

/**
 * Appends one line for each change, at once: changes are few, and a line that is still in memory proves nothing after a crash.
 * The file is opened for each line, so that log rotation needs no signal.
 */
export class AuditFile implements AuditLog {
  readonly #path: string;
  readonly #onFailure: (error: Error) => void;
  #failing = false;

  /**
   * @param path created with mode 0600 if it does not exist
   * @param onFailure called when writing begins to fail, and again only after it worked in between
   */
  constructor(path: string, onFailure: (error: Error) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
  }

  /** Never throws: a full disk must not stop an operator from scaling. */
  write(entry: AuditEntry): void {
    const { atMs, ...rest } = entry;
    const line = `${JSON.stringify({ at: new Date(atMs).toISOString(), ...rest })}\n`;
    try {
      // A line that failed may stand there in part: begin a new one.
      appendFileSync(this.#path, this.#failing ? `\n${line}` : line, { mode: 0o600 });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#onFailure(error as Error);
      this.#failing = true;
    }
  }
}

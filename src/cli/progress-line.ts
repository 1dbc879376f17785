/** A progress bar that is drawn over and over on one line of a terminal, and is not there otherwise. */
import type { Terminal } from './terminal.ts';

const WIDTH = 24;
const CLEAR_LINE = '\r\u001b[K';

export class ProgressLine {
  readonly #terminal: Terminal;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param part how much is done, 0 to 1 */
  show(part: number, text: string): void {
    if (!this.#terminal.interactive) return;
    const filled = Math.round(Math.min(1, Math.max(0, part)) * WIDTH);
    const line = `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}] ${text}`;
    // A line that wraps could not be cleared again.
    this.#terminal.errorRaw(`${CLEAR_LINE}${line.slice(0, Math.max(1, this.#terminal.columns - 1))}`);
    this.#drawn = true;
  }

  end(): void {
    if (this.#drawn) this.#terminal.errorRaw(CLEAR_LINE);
    this.#drawn = false;
  }
}

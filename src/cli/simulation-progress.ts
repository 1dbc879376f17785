import type { Terminal } from './terminal.ts';

const WIDTH = 30;

/** A progress bar on one line of stderr, for people only: stdout stays the report's. */
export class SimulationProgress {
  readonly #terminal: Terminal;
  #shown = '';

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(done: number, all: number, what: string): void {
    if (!this.#terminal.interactive) return;
    const filled = Math.floor((done / Math.max(1, all)) * WIDTH);
    const text = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${all} ${what}`;
    if (text === this.#shown) return;
    this.#terminal.errorRaw(`\r${text.padEnd(this.#shown.length)}`);
    this.#shown = text;
  }

  /** Wipes it. */
  end(): void {
    if (this.#shown === '') return;
    this.#terminal.errorRaw(`\r${' '.repeat(this.#shown.length)}\r`);
    this.#shown = '';
  }
}

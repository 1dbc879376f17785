import type { ReloadStatus } from '../ipc/status.ts';
import type { Terminal } from './terminal.ts';

const BAR_WIDTH = 20;
const CLEAR_LINE = '\r\u001b[K';

/** Shows how far a reload is: one bar that is drawn over on a terminal, a line per step otherwise. */
export class ReloadProgress {
  readonly #terminal: Terminal;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(status: ReloadStatus): void {
    if (status.outcome !== 'running') return;
    const count = `${status.replaced}/${status.total}`;
    if (!this.#terminal.interactive) {
      this.#terminal.line(`${count} ${status.detail}`.trimEnd());
      return;
    }
    const text = `${bar(status)} ${count} ${status.detail}`;
    // A line that wraps could not be cleared again.
    this.#terminal.raw(`${CLEAR_LINE}${text.slice(0, Math.max(1, this.#terminal.columns - 1))}`);
    this.#drawn = true;
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn) this.#terminal.raw(CLEAR_LINE);
    this.#drawn = false;
  }
}

function bar({ replaced, total }: ReloadStatus): string {
  const filled = total === 0 ? 0 : Math.min(BAR_WIDTH, Math.round((replaced / total) * BAR_WIDTH));
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

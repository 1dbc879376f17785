import type { LogLine } from '../ipc/status.ts';

/** The latest lines of the workers and of the runtime, for `tidegate logs`. */
export class LogRing {
  readonly #capacity: number;
  #lines: LogLine[] = [];

  constructor(capacity = 2_000) {
    this.#capacity = capacity;
  }

  add(line: LogLine): void {
    this.#lines.push(line);
    // Cut in larger steps: a shift per line would copy the array each time.
    if (this.#lines.length > this.#capacity * 1.25) this.#lines = this.#lines.slice(-this.#capacity);
  }

  /** The last `lines` lines, of one source if given, oldest first. */
  last(query: { readonly lines: number; readonly source?: string }): readonly LogLine[] {
    const { lines, source } = query;
    const chosen = source === undefined ? this.#lines : this.#lines.filter((line) => line.source === source);
    return lines <= 0 ? [] : chosen.slice(-lines);
  }
}

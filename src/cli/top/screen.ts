/** The terminal while a full-screen picture is on it, and its return to what it was, however the program ends. */
import type { ReadStream, WriteStream } from 'node:tty';
import type { Size } from './frame.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_REST = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
/** Ends that leave no time for anything else: the terminal comes first. */
const SIGNALS = { SIGTERM: 15, SIGHUP: 1, SIGINT: 2, SIGQUIT: 3 } as const;

export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #removals: (() => void)[] = [];
  #isOpen = false;

  constructor(input: ReadStream, output: WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get size(): Size {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 };
  }

  /** Takes the terminal over. */
  open(events: { readonly onKey: (key: string) => void; readonly onResize: () => void }): void {
    this.#on(process, 'exit', () => this.close());
    this.#on(process, 'uncaughtException', (error: Error) => {
      this.close();
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    });
    for (const [signal, number] of Object.entries(SIGNALS)) {
      this.#on(process, signal, () => {
        this.close();
        process.exit(128 + number);
      });
    }
    // Suspended by Ctrl-Z or by a signal: back in the foreground, the terminal is taken over anew.
    this.#on(process, 'SIGCONT', () => {
      this.#take();
      events.onResize();
    });
    this.#on(this.#output, 'resize', events.onResize);
    this.#on(this.#input, 'data', (text: string) => {
      for (const key of keysOf(text)) {
        if (key === '\u001a') this.#suspend();
        else events.onKey(key);
      }
    });
    this.#isOpen = true;
    this.#input.setEncoding('utf8');
    this.#take();
    this.#input.resume();
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const text = lines.map((line) => `${line}${CLEAR_REST}`).join('\r\n');
    this.#output.write(`${HOME}${text}${CLEAR_BELOW}`);
  }

  /** Gives the terminal back. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const remove of this.#removals.splice(0)) remove();
    this.#input.pause();
    this.#release();
  }

  #take(): void {
    this.#input.setRawMode(true);
    this.#output.write(ENTER);
  }

  #release(): void {
    // The terminal may be gone: then there is nothing to give back.
    try {
      this.#input.setRawMode(false);
      this.#output.write(LEAVE);
    } catch {
      return;
    }
  }

  #suspend(): void {
    this.#release();
    process.kill(0, 'SIGTSTP');
  }

  #on(emitter: NodeJS.EventEmitter, event: string, listener: (...args: never[]) => void): void {
    const untyped = listener as (...args: unknown[]) => void;
    emitter.on(event, untyped);
    this.#removals.push(() => emitter.removeListener(event, untyped));
  }
}

/** Several keys may come at once; an escape sequence is one key. */
export function keysOf(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys are control characters
  return text.match(/\u001b\[[0-9;]*[A-Za-z~]|\u001bO[A-Z]|[\s\S]/gu) ?? [];
}

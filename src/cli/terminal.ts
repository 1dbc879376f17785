/** Where the command line writes, and whether a person looks at it. */

/** The part of a stream that is needed of stdout and stderr. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Colour = keyof typeof CODES;

export class Terminal {
  /** True: progress may be drawn over and over on one line. */
  readonly interactive: boolean;
  readonly columns: number;
  /** False with NO_COLOR (https://no-color.org), TERM=dumb, or when stdout is no terminal. */
  readonly colours: boolean;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;

  constructor(stdout: OutputStream, stderr: OutputStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.interactive = stdout.isTTY === true && env.TERM !== 'dumb';
    this.columns = stdout.columns ?? 80;
    this.colours = this.interactive && !env.NO_COLOR;
  }

  /** One line, or several, on stdout. */
  line(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, this.interactive ? 2 : undefined));
  }

  /** On stdout as it is. */
  raw(text: string): void {
    this.#stdout.write(text);
  }

  errorLine(text: string): void {
    this.#stderr.write(`${text}\n`);
  }

  errorRaw(text: string): void {
    this.#stderr.write(text);
  }

  paint(colour: Colour, text: string): string {
    return this.colours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }
}

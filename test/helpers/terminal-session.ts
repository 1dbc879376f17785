import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { until } from './runtime.ts';

const CTRL_C = '\x03';

/** A command with a terminal of its own, as a person has it: `script` of util-linux lends the pseudo-terminal. */
export class TerminalSession {
  readonly #child: ChildProcess;
  /** The command's exit code. */
  readonly exited: Promise<number | null>;
  #raw = '';

  /** What is missing for such a session; null when nothing is. */
  static get missing(): string | null {
    const { status, stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
    return status === 0 && stdout.includes('util-linux') ? null : 'script of util-linux';
  }

  /** Starts `command`, whose first word is the program. */
  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // exec: a shell in between would get the Ctrl-C too, and its exit code would be the one seen.
    this.#child = spawn('script', ['-qec', `exec ${line}`, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/sh', TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
    });
    this.#child.stdin?.on('error', () => {}); // the session has ended: `exited` says so
  }

  /** What the terminal has shown so far, without colours. */
  get text(): string {
    return stripVTControlCharacters(this.#raw).replaceAll('\r\n', '\n');
  }

  /** What the terminal has been sent so far, colours and all. */
  get raw(): string {
    return this.#raw;
  }

  waitFor(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return until(
      `"${pattern.source}" on the terminal`,
      () => {
        const match = pattern.exec(this.text);
        if (match === null && this.#child.exitCode !== null) throw new Error(`the command has ended:\n${this.text}`);
        return match;
      },
      timeoutMs,
    );
  }

  pressCtrlC(): void {
    this.#child.stdin?.write(CTRL_C);
  }

  /** Closes the terminal, as closing its window does; whatever still runs in it gets SIGHUP. */
  async hangUp(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.exited;
  }
}

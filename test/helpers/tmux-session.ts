import { execFileSync, spawnSync } from 'node:child_process';
import { until } from './runtime.ts';

/** A terminal of a given size whose picture can be read: tmux holds it. */
export class TmuxSession {
  readonly #socket = `tidegate-test-${process.pid}-${Date.now()}`;

  static get missing(): string | null {
    return spawnSync('tmux', ['-V']).status === 0 ? null : 'tmux';
  }

  constructor(columns: number, rows: number, env: Readonly<Record<string, string>>) {
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', String(rows)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, ...variables, 'env PS1="prompt> " sh');
  }

  /** The lines on the screen, without blanks at their ends. */
  get screen(): readonly string[] {
    return this.#tmux('capture-pane', '-p').split('\n').slice(0, -1);
  }

  /** Whether the full-screen picture is on, and the cursor is shown. */
  get modes(): string {
    return this.#tmux('display-message', '-p', 'alternate #{alternate_on}, cursor #{cursor_flag}').trim();
  }

  /** Names as tmux knows them: `Enter`, `Escape`, `C-c`, or text. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`${pattern} on the screen`, () => pattern.exec(this.screen.join('\n')), 20_000);
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}

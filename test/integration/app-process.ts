/** The reference app as a process of its own, on a port of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('../../src/app/server.js', import.meta.url));

export class AppProcess {
  readonly process: ChildProcess;
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.process = child;
    this.url = url;
  }

  /** Resolves when it listens. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
    const { NODE_APP_INSTANCE: _, DATABASE_URL: _url, DB_HOST: _host, ...inherited } = process.env;
    const child = spawn(process.execPath, [SERVER], {
      env: { ...inherited, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const listening = new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        const port = /localhost:(\d+)/.exec(line)?.[1];
        if (port !== undefined) resolve(port);
      });
      child.once('exit', (code) => reject(new Error(`the app ended with ${code} before it listened`)));
    });
    return new AppProcess(child, `http://127.0.0.1:${await listening}`);
  }

  /** SIGTERM, and waits for the end; its exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    const exit = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    return (await exit)[0] as number | null;
  }
}

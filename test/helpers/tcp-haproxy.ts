import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';
import { until } from './runtime.ts';

/** A real HAProxy that passes connections on as they come, each behind a PROXY header. */
export class TcpHaproxy {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
    this.#process = spawn('haproxy', ['-db', '-f', path.join(directory, 'haproxy.cfg')], { stdio: 'ignore' });
  }

  /** @param option how its `server` line says it: `send-proxy` or `send-proxy-v2` */
  static async start(serverPort: number, option: 'send-proxy' | 'send-proxy-v2'): Promise<TcpHaproxy> {
    const directory = mkdtempSync(path.join(tmpdir(), 'tg-haproxy-'));
    const port = await freePort();
    writeFileSync(
      path.join(directory, 'haproxy.cfg'),
      [
        'defaults',
        '  mode tcp',
        '  timeout connect 5s',
        '  timeout client 60s',
        '  timeout server 60s',
        'listen app',
        `  bind 127.0.0.1:${port}`,
        `  server app 127.0.0.1:${serverPort} ${option}`,
        '',
      ].join('\n'),
    );
    const haproxy = new TcpHaproxy(port, directory);
    await until('haproxy listens', () => haproxy.#listens());
    return haproxy;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #listens(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}

/** One real Redis server: on a free port, in a temporary directory, ended by pid. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { until } from './runtime.ts';

const run = promisify(execFile);

/** Whether redis-server and redis-cli are installed; a test without them skips itself. */
export function redisAvailable(): boolean {
  return ['redis-server', 'redis-cli'].every(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

export interface RedisServerOptions {
  readonly password?: string;
  /** Further `--name value` settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Servers that run now: none of them outlives the test process, whichever way that ends. */
const running = new Set<RedisServer>();
process.on('exit', () => {
  for (const server of running) server.destroy();
});

/** One redis-server, on the same port through restarts. Nothing is saved: a restart begins empty, unless `settings` say otherwise. */
export class RedisServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #directory: string;
  readonly #options: RedisServerOptions;
  #process: ChildProcess | undefined;

  constructor(port: number, options: RedisServerOptions = {}) {
    this.port = port;
    this.#options = options;
    this.#directory = mkdtempSync(path.join(tmpdir(), 'tidegate-redis-'));
  }

  /** Of the running process; 0: none runs. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    const { password, settings = {} } = this.#options;
    const args = [
      ...['--port', String(this.port), '--bind', this.host, '--dir', this.#directory],
      ...['--save', '', '--repl-diskless-sync-delay', '0', '--loglevel', 'warning'],
      ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    ];
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    this.#process = child;
    running.add(this);
    await until(`redis-server on port ${this.port}`, async () => {
      if (ended(child)) throw new Error(`redis-server ended with ${child.exitCode ?? child.signalCode}: ${output}`);
      return (await this.cli('PING').catch(() => '')) === 'PONG';
    });
  }

  /** What `redis-cli` answers to one command. */
  async cli(...command: string[]): Promise<string> {
    const env = { ...process.env, ...(this.#options.password && { REDISCLI_AUTH: this.#options.password }) };
    const { stdout } = await run('redis-cli', ['-h', this.host, '-p', String(this.port), ...command], {
      env,
      timeout: 5_000,
    });
    return stdout.trim();
  }

  /** A field of `INFO`. */
  async info(name: string): Promise<string | undefined> {
    return (await this.cli('INFO').catch(() => '')).match(new RegExp(`^${name}:(.*?)\\r?$`, 'm'))?.[1];
  }

  /** Ends the process and waits for its end; `restart` brings it back. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    running.delete(this);
    if (ended(child)) return;
    const end = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    // A paused process hears no other signal.
    child.kill('SIGCONT');
    await end;
  }

  /** Kills it if it runs, and starts it again on its port. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It hangs: connections stay, nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it for good and removes its directory. */
  async stop(): Promise<void> {
    await this.kill();
    this.#remove();
  }

  /** The same at once, for a process that is about to end. */
  destroy(): void {
    this.#process?.kill('SIGKILL');
    this.#remove();
  }

  #remove(): void {
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Starts one redis-server on a free port. */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = new RedisServer(await freePort(), options);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

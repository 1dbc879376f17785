import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StateProcess } from '../../src/scaling/state/embedded/state-launcher.ts';
import type { Target } from './key-value.ts';

const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;
const READY_MS = 5000;

export interface Contender {
  readonly name: string;
  readonly target: Target;
  readonly serverPid: number;
}

/** The store's process, and a Redis where one is installed; in a directory of their own. */
export class Servers {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'tidegate-state-bench-'));
  readonly #store: StateProcess;
  readonly #socketPath: string;
  #redis: ChildProcess | null = null;

  constructor() {
    this.#socketPath = path.join(this.#directory, 'state.sock');
    this.#store = new StateProcess({
      socketPath: this.#socketPath,
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      log: (_level, message) => process.stderr.write(`${message}\n`),
    });
  }

  /** @throws Error when one doesn't come up */
  async start(): Promise<readonly Contender[]> {
    await this.#store.start();
    const target: Target = { client: 'tidegate', address: this.#socketPath, port: null };
    const contenders: Contender[] = [{ name: 'tidegate, embedded store', target, serverPid: this.#store.pid ?? 0 }];
    if (spawnSync('redis-server', ['--version']).status === 0) contenders.push(...(await this.#startRedis()));
    return contenders;
  }

  async stop(): Promise<void> {
    await this.#store.stop();
    if (this.#redis !== null && this.#redis.exitCode === null) {
      const ended = once(this.#redis, 'exit');
      this.#redis.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #startRedis(): Promise<Contender[]> {
    const address = path.join(this.#directory, 'redis.sock');
    const port = await freePort();
    const options = ['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', address, '--save', ''];
    this.#redis = spawn('redis-server', [...options, '--dir', this.#directory], { stdio: 'ignore' });
    const deadlineMs = performance.now() + READY_MS;
    while (!existsSync(address)) {
      if (performance.now() > deadlineMs) throw new Error(`redis-server did not come up within ${READY_MS} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const serverPid = this.#redis.pid ?? 0;
    return [
      { name: 'Redis, ioredis, unix socket', target: { client: 'ioredis', address, port: null }, serverPid },
      { name: 'Redis, ioredis, loopback', target: { client: 'ioredis', address: '127.0.0.1', port }, serverPid },
      { name: 'Redis, bare RESP, unix socket', target: { client: 'resp', address, port: null }, serverPid },
    ];
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from './pinning.ts';

const OUTPUT_TAIL = 2_000;

/** A plain app of `benchmarks/apps`, which are run as they are, not from the build. */
export function appFile(name: string): string {
  return fileURLToPath(new URL(`../../benchmarks/apps/${name}`, import.meta.url));
}

/** A child process, and the end of what it has printed. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'stdio'> {
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a command outside the terminal's process group: on Ctrl-C we end it ourselves, in order. */
export function run([program, ...args]: Command, { env, ...options }: RunOptions = {}): Running {
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
    env: { ...process.env, ...env },
  });
  let tail = '';
  const read = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-OUTPUT_TAIL);
  };
  child.on('error', (error) => read(Buffer.from(error.message)));
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  return { child, output: () => tail };
}

/** Runs a command to its end; returns what it printed on stdout. @throws Error with its output when it failed */
export async function outputOf(command: Command, options: RunOptions = {}): Promise<string> {
  const { child, output } = run(command, options);
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code === 0) return stdout;
  throw new Error(`${command.join(' ')} ended with ${signal ?? code}: ${output().trim()}`);
}

/** Waits until `test` is true. @throws Error with `what` after `timeoutMs` */
export async function until(what: () => string, test: () => boolean, timeoutMs = 30_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!test()) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
    await delay(10);
  }
}

/** Outside the range that the kernel takes the ports of outgoing connections from (32768 and up, unless configured lower). */
const PORTS = { from: 12_000, to: 32_000 };
const PORT_TRIES = 50;

/** A TCP port that was free a moment ago, and that no outgoing connection of a load can take meanwhile. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < PORT_TRIES; attempt += 1) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port was found between ${PORTS.from} and ${PORTS.to}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

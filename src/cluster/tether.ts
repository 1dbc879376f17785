import { ChildProcess, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** How a worker process is launched, and what the kernel then guarantees. */
export interface Launcher {
  readonly execPath: string;
  /** Goes before Node's own arguments. */
  readonly prefix: readonly string[];
  /** The kernel ends the worker with the primary, even a worker whose event loop is blocked. */
  readonly tethered: boolean;
}

/**
 * Finds how to tie workers to the primary: `setpriv --pdeathsig`, of util-linux, has the kernel end a worker when the primary dies,
 * and then `exec`s Node, so the worker keeps the pid. Elsewhere the agent watches its control channel instead, which a blocked
 * event loop delays.
 */
export function findLauncher(searchPath: string = process.env.PATH ?? ''): Launcher {
  const plain: Launcher = { execPath: process.execPath, prefix: [], tethered: false };
  if (process.platform !== 'linux') return plain;
  const setpriv = findProgram('setpriv', searchPath);
  if (setpriv === null) return plain;
  const tie = ['--pdeathsig', 'KILL', process.execPath];
  const probe = spawnSync(setpriv, [...tie, '--version'], { stdio: 'ignore' });
  if (probe.status !== 0) return plain;
  return { execPath: setpriv, prefix: tie, tethered: true };
}

interface SpawnOptions {
  readonly detached?: boolean;
}
type Spawn = (this: ChildProcess, options: SpawnOptions) => unknown;

/**
 * Runs `fork` with the launcher in Node's place and with a session for the child: `cluster.fork` knows no other program than
 * `process.execPath`, which it reads in the call, and no `detached`. A session of its own keeps a worker from what goes to a whole
 * process group, as Ctrl-C does, which would end it before it has drained.
 */
export function launchedBy<T>(launcher: Launcher, fork: () => T): T {
  const node = process.execPath;
  const children = ChildProcess.prototype as unknown as { spawn: Spawn };
  const { spawn } = children;
  process.execPath = launcher.execPath;
  children.spawn = function (options) {
    return spawn.call(this, { ...options, detached: true });
  };
  try {
    return fork();
  } finally {
    process.execPath = node;
    children.spawn = spawn;
  }
}

function findProgram(name: string, searchPath: string): string | null {
  for (const directory of searchPath.split(path.delimiter)) {
    const file = path.join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {} // the next directory may have it
  }
  return null;
}

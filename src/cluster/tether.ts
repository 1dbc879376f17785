import { spawnSync } from 'node:child_process';
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
 * Finds how to tie workers to the primary. `setsid` gives each worker a session of its own, as Ctrl-C goes to a whole process
 * group and would end workers before they drain; `setpriv --pdeathsig` has the kernel end it when the primary dies. Both
 * are part of util-linux and `exec` the next program, so the worker keeps the pid. Elsewhere the agent watches its control
 * channel instead, which a blocked event loop delays.
 */
export function findLauncher(searchPath: string = process.env.PATH ?? ''): Launcher {
  const plain: Launcher = { execPath: process.execPath, prefix: [], tethered: false };
  if (process.platform !== 'linux') return plain;
  const setsid = findProgram('setsid', searchPath);
  const setpriv = findProgram('setpriv', searchPath);
  if (setsid === null || setpriv === null) return plain;
  const probe = spawnSync(setpriv, ['--pdeathsig', 'KILL', process.execPath, '--version'], { stdio: 'ignore' });
  if (probe.status !== 0) return plain;
  return { execPath: setsid, prefix: [setpriv, '--pdeathsig', 'KILL', process.execPath], tethered: true };
}

/**
 * Runs `fork` with the launcher in Node's place: `cluster.fork` knows no other program than `process.execPath`, which it
 * reads in the call.
 */
export function launchedBy<T>(launcher: Launcher, fork: () => T): T {
  const node = process.execPath;
  process.execPath = launcher.execPath;
  try {
    return fork();
  } finally {
    process.execPath = node;
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

import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Contender, Launched, LaunchOrder } from './contender.ts';
import { killLeft } from './ending.ts';
import { type Command, underTest } from './pinning.ts';
import { processTree } from './processes.ts';
import { outputOf } from './running.ts';

/** PM2 is no dependency: peers are installed here when they are wanted, once. */
const CACHE = path.join(tmpdir(), 'tidegate-bench-peers');
const PACKAGE = 'pm2@7';

/** PM2's program, installed if need be. @throws Error when it can't be had */
export async function obtainPm2(): Promise<string> {
  const program = path.join(CACHE, 'node_modules/pm2/bin/pm2');
  if (existsSync(program)) return program;
  mkdirSync(CACHE, { recursive: true });
  await outputOf(['npm', 'install', PACKAGE, '--no-save', '--no-audit', '--no-fund', '--prefix', CACHE]);
  return program;
}

export function pm2Version(program: string): string {
  const file = path.join(path.dirname(program), '../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** PM2 in cluster mode, with a daemon of its own beside any that the machine may have. */
export function pm2(program: string): Contender {
  return { id: 'pm2', label: 'PM2', scales: true, launch: (order) => launch(program, order) };
}

async function launch(program: string, order: LaunchOrder): Promise<Launched> {
  const { app, workers, directory, pinning } = order;
  const env = { ...order.env, PM2_HOME: directory, PM2_DISABLE_VERSION_CHECK: 'true' };
  const command = (...args: string[]): Command => [process.execPath, program, ...args];
  const end = async (): Promise<void> => {
    const daemon = daemonPid(directory);
    const tree = daemon === null ? [] : processTree(daemon);
    await outputOf(command('kill'), { env }).catch(() => {}); // what it leaves is ended below
    await killLeft(tree);
  };
  try {
    const started = await outputOf(
      underTest(pinning, command('start', app, '-i', String(workers), '--name', 'bench')),
      { env },
    );
    const rootPid = daemonPid(directory);
    if (rootPid === null) throw new Error(`PM2 left no daemon: ${started}`);
    return { rootPid, output: () => started, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function daemonPid(directory: string): number | null {
  try {
    return Number(readFileSync(path.join(directory, 'pm2.pid'), 'utf8'));
  } catch {
    return null;
  }
}

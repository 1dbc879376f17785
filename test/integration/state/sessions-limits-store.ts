/** The embedded store as the runtime has it: a process of its own behind a unix socket. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../src/scaling/state/embedded/state-process.js', import.meta.url));
const MEMORY_BYTES = 64 * 1024 * 1024;

export interface StateProcess {
  readonly socketPath: string;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

export async function startStateProcess(): Promise<StateProcess> {
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-state-'));
  const socketPath = path.join(directory, 'state.sock');
  const child = fork(SCRIPT, [socketPath, String(MEMORY_BYTES)], { stdio: 'inherit' });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  const said = await Promise.race([once(child, 'message'), ended.then(([code]) => [{ fault: `ended with ${code}` }])]);
  const [message] = said as [{ ready?: true; fault?: string }];
  if (message.ready === true) return { socketPath, stop };
  await stop();
  throw new Error(`the state process did not start: ${message.fault}`);
}

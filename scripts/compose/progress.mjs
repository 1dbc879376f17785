// What a long script does, and since when.
import { spawnSync } from 'node:child_process';

const beganAtMs = Date.now();

/** @param {string} text */
export function say(text) {
  const seconds = Math.round((Date.now() - beganAtMs) / 1_000);
  process.stdout.write(`[${String(seconds).padStart(4)} s] ${text}\n`);
}

/** Whether a command can be run and succeeds. */
export function works(command, ...args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Whether there is a program of that name. */
export function present(name) {
  return works('sh', '-c', `command -v ${name}`);
}

/**
 * Runs a command to its end; its output is shown only where it fails.
 * @param {string} what for people
 * @param {{ readonly cwd?: string, readonly env?: Record<string, string> }} options
 */
export function step(what, command, args, { cwd, env = {} } = {}) {
  say(what);
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  const words = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-30).join('\n');
  throw new Error(`${what} failed: ${error?.message ?? `exit ${status} of ${command}`}\n${words}`);
}

// Other programs, as streams.
import { spawn } from 'node:child_process';
import { BackupError } from './settings.mjs';

const MAX_ERROR_TEXT = 2_000;

/**
 * Starts a program; `done` resolves when it ended with 0.
 * @throws BackupError PROGRAM_MISSING, PROGRAM_FAILED with the end of what it printed (by `done`)
 */
export function start(command, args, env = process.env) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-MAX_ERROR_TEXT);
  });
  // A program that ends early says so itself, below.
  child.stdin.on('error', () => {});
  const done = new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        error.code === 'ENOENT'
          ? new BackupError('PROGRAM_MISSING', `${command} is not installed`)
          : new BackupError('PROGRAM_FAILED', `${command}: ${error.message}`),
      ),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new BackupError(
            'PROGRAM_FAILED',
            `${command} ended with ${signal ?? code}: ${errors.trim().split('\n').at(-1)}`,
          ),
        );
    });
  });
  // Whoever waits for a stream first would else meet an unhandled rejection.
  done.catch(() => {});
  return { child, stdin: child.stdin, stdout: child.stdout, done };
}

/** What a program prints. */
export async function outputOf(command, args, env) {
  const { stdout, stdin, done } = start(command, args, env);
  stdin.end();
  let text = '';
  for await (const chunk of stdout.setEncoding('utf8')) text += chunk;
  await done;
  return text;
}

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { ClusterStatus } from '../ipc/status.ts';

/** Addresses that this machine reaches as `localhost`. */
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', '127.0.0.1', '[::1]']);

/** The number of workers that the example asks for, or one more than there are. */
const EXAMPLE_INSTANCES = 4;

/**
 * Where things are and what to try next, once the first worker is ready.
 * @param controlUrl of the control API, as it listens: `http://0.0.0.0:9001`
 * @param searchPath PATH: tells how this command is called in another terminal
 */
export function banner(
  status: ClusterStatus,
  controlUrl: string,
  version: string,
  searchPath: string = process.env.PATH ?? '',
): string[] {
  const { name, ready, desired, addresses } = status;
  const control = toUrl(controlUrl.replace(/^http:\/\//, ''));
  const command = commandName(searchPath);
  const instances = desired < EXAMPLE_INSTANCES ? EXAMPLE_INSTANCES : desired + 1;
  const app = addresses.length === 0 ? ['does not listen: it is supervised, not balanced'] : addresses.map(toUrl);
  const where = command.startsWith('npx ') ? 'in a second terminal, in this directory' : 'in a second terminal';
  return [
    '',
    `  Tidegate ${version} runs ${name}: ${ready} of ${plural(desired, 'worker')} ready on ${plural(availableParallelism(), 'core')}`,
    '',
    ...app.map((text) => `  app          ${text}`),
    `  dashboard    ${control}/`,
    `  control API  ${control}/openapi.json lists all paths`,
    '  stop         Ctrl-C: the workers finish what they have',
    '',
    `  Try next, ${where}:`,
    `    ${command} status      the workers, and what the scaler decided last`,
    `    ${command} scale +1    one worker more, for a while`,
    `    ${command} reload      new processes, without losing a request`,
    `    ${command} explain     why there are as many workers as there are`,
    `    curl -X POST ${control.replace(/^http:\/\//, '')}/scaling/manual -H 'Content-Type: application/json' -d '{"instances": ${instances}}'`,
    '',
  ];
}

/** `[::]:3001` → `http://localhost:3001`; a path stays a path. */
function toUrl(address: string): string {
  const split = address.lastIndexOf(':');
  if (address.startsWith('/') || split < 0) return address;
  const host = address.slice(0, split);
  return `http://${LOCAL_HOSTS.has(host) ? 'localhost' : host}:${address.slice(split + 1)}`;
}

/** npm and npx put directories of their own into PATH; a command found only there is not found by another shell. */
function commandName(searchPath: string): string {
  const installed = searchPath
    .split(path.delimiter)
    .some((directory) => !/[\\/]node_modules[\\/]\.bin[\\/]?$/.test(directory) && holdsCommand(directory));
  return installed ? 'tidegate' : 'npx tidegate';
}

function holdsCommand(directory: string): boolean {
  return directory !== '' && existsSync(path.join(directory, 'tidegate'));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

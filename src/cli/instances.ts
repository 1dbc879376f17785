/** Which instances run on this machine: directories of the runtime directory whose control socket answers. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { controlSocketPath } from '../../config/runtime-dir.ts';

/** `stale`: the socket is there, but nobody listens on it; `unreachable`: it may not be opened, or does not answer. */
export type InstanceState = 'live' | 'stale' | 'unreachable';

export interface Instance {
  readonly name: string;
  readonly socketPath: string;
  readonly state: InstanceState;
}

const CONNECT_TIMEOUT_MS = 2_000;

/** Every instance that has a control socket, by name. A runtime directory that is not there holds none. */
export async function listInstances(runtimeDirectory: string): Promise<readonly Instance[]> {
  const instances = await Promise.all(
    (await directoryNames(runtimeDirectory)).map((name) => probe(runtimeDirectory, name)),
  );
  return instances.filter((instance) => instance !== undefined);
}

async function directoryNames(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

async function probe(runtimeDirectory: string, name: string): Promise<Instance | undefined> {
  const socketPath = controlSocketPath(runtimeDirectory, name);
  const state = await socketState(socketPath);
  return state === undefined ? undefined : { name, socketPath, state };
}

/** Whether somebody listens on a unix socket; undefined when there is no such file. */
export function socketState(socketPath: string): Promise<InstanceState | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (state: InstanceState | undefined): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => settle('unreachable'));
    socket.once('connect', () => settle('live'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') settle(undefined);
      else settle(error.code === 'ECONNREFUSED' || error.code === 'ENOTSOCK' ? 'stale' : 'unreachable');
    });
  });
}

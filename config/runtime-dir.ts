/** Where running instances keep their sockets: one directory per instance, named after it. */
import { tmpdir } from 'node:os';
import path from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Linux allows 107 bytes in the path of a unix socket, macOS and the BSDs 103. */
export const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * The runtime directory: TIDEGATE_RUNTIME_DIR, else XDG_RUNTIME_DIR/tidegate, else `tidegate-<uid>` in the temporary directory.
 * @param configured the option `runtimeDir`, which holds what a file or flag said too; empty: by the environment alone
 */
export function runtimeDir(env: Environment, configured = ''): string {
  const chosen = configured || env.TIDEGATE_RUNTIME_DIR;
  if (chosen) return path.resolve(chosen);
  if (env.XDG_RUNTIME_DIR) return path.join(env.XDG_RUNTIME_DIR, 'tidegate');
  return path.join(tmpdir(), `tidegate-${process.getuid?.() ?? 'user'}`);
}

/** The directory of one instance. */
export function instanceDir(runtimeDirectory: string, name: string): string {
  return path.join(runtimeDirectory, name);
}

/** The unix socket of an instance's shared state. */
export function stateSocketPath(runtimeDirectory: string, name: string): string {
  return path.join(instanceDir(runtimeDirectory, name), 'state.sock');
}

/** The unix socket of an instance's control API. */
export function controlSocketPath(runtimeDirectory: string, name: string): string {
  return path.join(instanceDir(runtimeDirectory, name), 'control.sock');
}

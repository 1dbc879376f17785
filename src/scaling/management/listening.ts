/** Binding a server to a TCP address or a unix socket, with errors that say what to do. */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** The longest path that fits a unix socket address (Linux 107 bytes, macOS 103). */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

export class ManagementListenError extends Error {
  readonly code: 'MANAGEMENT_PORT_IN_USE' | 'MANAGEMENT_SOCKET_IN_USE' | 'MANAGEMENT_LISTEN_FAILED';

  constructor(code: ManagementListenError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ManagementListenError';
    this.code = code;
  }
}

/**
 * Listens on a TCP address.
 * @param port 0 picks a free one
 * @returns the address it got
 * @throws ManagementListenError
 */
export async function bindTcp(server: Server, host: string, port: number): Promise<AddressInfo> {
  try {
    await started(server, () => server.listen({ host, port }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      const message = `MANAGEMENT_PORT=${port} is taken on ${host}: stop what listens there, or set another (0 picks a free one)`;
      throw new ManagementListenError('MANAGEMENT_PORT_IN_USE', message, error);
    }
    const message = `The control API cannot listen on ${host} port ${port}: ${(error as Error).message}`;
    throw new ManagementListenError('MANAGEMENT_LISTEN_FAILED', message, error);
  }
  return server.address() as AddressInfo;
}

/**
 * Listens on a unix socket that only this user can open. What a dead process left at that path is removed;
 * a socket that answers is left alone.
 * @throws ManagementListenError
 */
export async function bindSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    const message = `The socket path ${path} is longer than ${MAX_SOCKET_PATH_BYTES} bytes: set a shorter TIDEGATE_RUNTIME_DIR`;
    throw new ManagementListenError('MANAGEMENT_LISTEN_FAILED', message);
  }
  await removeStaleSocket(path);
  try {
    // The socket appears within listen(), so with this mask nobody else can open it, not even before chmod.
    const umask = process.umask(0o177);
    const listening = started(server, () => server.listen(path));
    process.umask(umask);
    await listening;
    chmodSync(path, 0o600);
  } catch (error) {
    const message = `The control API cannot listen on the socket ${path}: ${(error as Error).message}`;
    throw new ManagementListenError('MANAGEMENT_LISTEN_FAILED', message, error);
  }
}

async function removeStaleSocket(path: string): Promise<void> {
  const code = await new Promise<string>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve('ALIVE');
    });
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'UNKNOWN'));
  });
  if (code === 'ALIVE') {
    const message = `Another instance listens on ${path}: give this one another TIDEGATE_NAME (--name)`;
    throw new ManagementListenError('MANAGEMENT_SOCKET_IN_USE', message);
  }
  // Refused means a socket without a listener, or (on Linux) any other kind of file, which is not ours to remove.
  if (code === 'ECONNREFUSED' && lstatSync(path).isSocket()) unlinkSync(path);
}

function started(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeListener('error', reject);
      resolve();
    });
    listen();
  });
}

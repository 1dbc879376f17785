import { StateServer } from './state-server.ts';

/**
 * The process that keeps the embedded store: `node state-process.js SOCKET_PATH MEMORY_LIMIT_BYTES`. Says `ready` to its parent, or on
 * standard output when it has none that listens. Ends with SIGTERM, or when its parent is gone.
 */

interface Arguments {
  readonly socketPath: string;
  readonly memoryLimitBytes: number;
}

function readArguments(given: readonly string[]): Arguments {
  const [socketPath, limit] = given;
  const memoryLimitBytes = Number(limit);
  if (socketPath === undefined || !Number.isSafeInteger(memoryLimitBytes)) {
    throw new Error(`the arguments are ${JSON.stringify(given)}; they must be a socket path and a number of bytes`);
  }
  return { socketPath, memoryLimitBytes };
}

function say(message: { readonly ready: true } | { readonly fault: string }): void {
  if (process.connected) process.send?.(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

async function main(): Promise<void> {
  const server = new StateServer({ ...readArguments(process.argv.slice(2)), onFault: (fault) => say({ fault }) });
  // Ctrl-C and a closed terminal go to the whole group: the workers still drain, and need what is kept here while they do.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
  // At once: nobody is left to whom anything here matters, and a successor may be at the same path already, so it stays.
  process.once('disconnect', () => process.exit(0));
  // Only this user's processes: who reaches the socket reads every session.
  process.umask(0o177);
  await server.listen();
  say({ ready: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`shared state: ${(error as Error)?.message ?? error}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
});

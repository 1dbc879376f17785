import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { DrainReceipt, StopReason } from '../../src/ipc/status.ts';
import type { LoadTally } from './load-tally.ts';
import { fixture, Runtime, until } from './runtime.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Both ways in which workers get their connections, by an algorithm that stands for each. */
export const ACCEPT_MODES = [
  { mode: 'shared accept', algorithm: 'adaptive' },
  { mode: 'hand-over', algorithm: 'round-robin' },
] as const;

/** Starts a fixture app with the scaler out of the way: only the test changes the number of workers. */
export function startQuiet(
  app: string,
  options: { readonly algorithm: string; readonly workers?: number; readonly env?: Readonly<Record<string, string>> },
): Promise<Runtime> {
  const { algorithm, workers = 2, env = {} } = options;
  return Runtime.start(fixture(app), {
    args: ['-i', String(workers)],
    env: { LB_ALGORITHM: algorithm, AUTO_SCALING_ENABLED: 'false', CANARY_MS: '300', LOG_LEVEL: 'debug', ...env },
  });
}

/** Every request was answered, every answer was the right one, and the server closed no connection. */
export function expectNothingLost(tally: LoadTally): void {
  expect(tally.failures, String(tally)).to.deep.equal({});
  expect(tally.unannouncedCloses, String(tally)).to.equal(0);
  expect(tally.announcedCloses, 'connections ended with Connection: close').to.equal(0);
  expect(tally.responses, String(tally)).to.equal(tally.requests);
  expect(tally.requests, 'the load did something').to.be.greaterThan(0);
}

/** Every connection of a worker that left is in exactly one heap. */
export function expectReceiptsAddUp(receipts: readonly DrainReceipt[]): void {
  for (const receipt of receipts) {
    const { openAtStart, acceptedSince, finished, moved, closedByClient, cut } = receipt;
    expect(finished + moved + closedByClient + cut, JSON.stringify(receipt)).to.equal(openAtStart + acceptedSince);
  }
}

/** The receipts of workers that left after `sinceMs` for `reason`, once there are `count`. */
export async function receiptsSince(
  runtime: Runtime,
  sinceMs: number,
  reason: StopReason,
  count: number,
): Promise<readonly DrainReceipt[]> {
  return until(
    `${count} receipts for ${reason}`,
    async () => {
      const { receipts } = await runtime.status();
      const found = receipts.filter((receipt) => receipt.reason === reason && receipt.startedAtMs >= sinceMs);
      return found.length >= count && found;
    },
    20_000,
  );
}

/** Runs a command of the CLI against this runtime. */
export async function tidegate(
  runtime: Runtime,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const env = { ...process.env, TIDEGATE_RUNTIME_DIR: runtime.directory, NO_COLOR: '1' };
  const child = spawn(process.execPath, [MAIN, ...args, '--name', 'test'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

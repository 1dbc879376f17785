import { packageVersion } from '../../config/package-version.ts';
import { InheritedSockets } from '../cluster/inherited-sockets.ts';
import { banner } from './banner.ts';
import { withLogFile } from './log-file.ts';
import { createLog } from './logger.ts';
import { hideOwnSecrets } from './own-secrets.ts';
import { Primary } from './primary.ts';
import { installSignals } from './signals.ts';
import type { StartRequest } from './start-request.ts';

/**
 * Runs an app until it is told to stop.
 * @returns the exit code: 0 after an orderly stop, 1 when the app could not be started
 * @throws errors with a `code` for what stands in the way of a start (a taken control port, unusable rules, missing tokens, inherited
 *   descriptors that are no sockets)
 */
export async function runPrimary(request: StartRequest): Promise<number> {
  const { config } = request;
  const isTerminal = process.stdout.isTTY === true;
  const noColor = (process.env.NO_COLOR ?? '') !== '';
  const log = withLogFile(createLog(config, process.stdout, { isTerminal, noColor }), config);
  const version = packageVersion();
  hideOwnSecrets(config, process.env);
  const inherited = InheritedSockets.take(process.env, process.pid);
  const primary = new Primary(request, version, log, inherited);
  installSignals(
    {
      stop: (signal) => primary.stop(signal),
      stopNow: (signal) => primary.stopNow(signal),
      reload: (signal) => primary.reload(signal),
      scaleBy: (delta, signal) => primary.scaleBy(delta, signal),
      unsupported: (signal, what) =>
        log.write('warn', `${signal}: ${what} is not part of this version; nothing was done`),
    },
    process.stdin.isTTY === true,
  );
  // Supervision must outlive a fault of ours: ending here would take every worker down with it.
  process.on('uncaughtException', (error) =>
    log.write('error', `internal error: ${error.message}`, { stack: error.stack }),
  );
  // Nor may a reader of our output that goes away (`… | head`).
  process.stdout.removeAllListeners('error').on('error', () => {});
  let controlUrl: string;
  try {
    controlUrl = await primary.start();
  } catch (error) {
    await primary.abort();
    throw error;
  }
  const status = primary.manager.status();
  if (status.ready > 0) {
    if (log.human) process.stdout.write(`${banner(status, controlUrl, version).join('\n')}\n`);
    else log.write('info', 'ready', { addresses: status.addresses, controlUrl, workers: status.ready });
    for (const socket of inherited.unclaimed()) {
      log.write('warn', `the inherited socket ${socket} is not used: the app listens on other ports`, {
        addresses: status.addresses,
      });
    }
  }
  return primary.ended;
}

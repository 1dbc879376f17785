import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import { DURATION_ALLOWED, parseDurationMs } from '../../config/duration.ts';
import { ApiError, type ControlClient } from './control-client.ts';
import { CliError, UsageError } from './errors.ts';
import { isRunning } from './running-process.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

const POLL_MS = 50;

interface StopFlags extends RemoteFlags {
  readonly timeout: number;
  readonly wait: boolean;
}

/** `tidegate stop`: drains and ends the instance, and waits for its end. */
export const stop: Verb = (program, context) => {
  addTargetOptions(program.command('stop'))
    .description('let the workers finish their requests, then end the instance')
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for its end')
        .argParser(checkedTimeout)
        .default(120_000, '2m'),
    )
    .option('--no-wait', 'return at once')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', examples('tidegate stop', 'tidegate stop --name api --timeout 5m', 'tidegate stop --no-wait'))
    .action(async (flags: StopFlags) => {
      const client = await connect(flags, context);
      const { pid, name } = await client.clusterStatus();
      // A process of another machine, or of another container, can't be watched by its id: there the API's silence has to do.
      const visible = client.target.kind === 'socket' && isRunning(pid);
      const answer = await askToStop(client);
      if (flags.wait) await waitForEnd(client, name, visible ? pid : undefined, flags.timeout);
      if (flags.json) context.terminal.json(answer);
      else context.terminal.line(flags.wait ? `"${name}" has stopped.` : `"${name}" is stopping.`);
    });
};

/** Somebody else's stop serves as well. */
async function askToStop(client: ControlClient): Promise<unknown> {
  try {
    return await client.post('/cluster/stop');
  } catch (error) {
    if (error instanceof ApiError && error.code === 'STOPPING') return { stopping: true };
    throw error;
  }
}

async function waitForEnd(
  client: ControlClient,
  name: string,
  pid: number | undefined,
  timeoutMs: number,
): Promise<void> {
  const ended = pid === undefined ? () => isSilent(client) : async () => !isRunning(pid);
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await ended())) {
    if (performance.now() >= deadlineMs) {
      const force = pid === undefined ? '' : `, or end it with: kill -9 ${pid}`;
      const message = `"${name}" is still stopping after ${timeoutMs / 1000} s; wait longer with --timeout${force}`;
      throw new CliError('STILL_STOPPING', message);
    }
    await delay(POLL_MS);
  }
}

async function isSilent(client: ControlClient): Promise<boolean> {
  try {
    await client.get('/health');
    return false;
  } catch (error) {
    return error instanceof CliError && ['UNREACHABLE', 'CONNECTION_LOST'].includes(error.code);
  }
}

function checkedTimeout(text: string): number {
  try {
    return parseDurationMs(text);
  } catch {
    throw new UsageError(`--timeout: ${JSON.stringify(text)} is not allowed; give ${DURATION_ALLOWED}`);
  }
}

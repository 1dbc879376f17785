import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { formatByteSize } from '../../config/byte-size.ts';
import { CliError, UsageError } from './errors.ts';
import { ProgressLine } from './progress-line.ts';
import {
  addTargetOptions,
  type CliContext,
  connect,
  examples,
  type RemoteFlags,
  type Verb,
  wholeNumber,
} from './verb.ts';
import { workerId } from './worker-id.ts';

const DEFAULT_SECONDS = 10;
const MAX_SECONDS = 120;
const LOOK_MS = 200;

interface ProfileFlags extends RemoteFlags {
  readonly seconds?: number;
  readonly heap?: boolean;
  readonly force?: boolean;
  readonly output?: string;
}

/** `tidegate profile`: where one worker spends its CPU time, or what its heap holds, as a file for a browser's tools. */
export const profile: Verb = (program, context) => {
  addTargetOptions(program.command('profile'))
    .description('record a CPU profile or a heap snapshot of one worker into a file')
    .argument('<worker>', 'its id, as status shows it: 3 or w3', workerId)
    .option(
      '--seconds <n>',
      `how long to record (default: ${DEFAULT_SECONDS})`,
      wholeNumber('--seconds', 1, MAX_SECONDS),
    )
    .option('--heap', 'a heap snapshot instead: the worker stands still for it, seconds for each 100 MB of heap')
    .option('--force', 'with --heap: even if memory could run out')
    .option('--output <file>', 'where to (default: a new file here, named after worker and time)')
    .option('--json', 'what was written as JSON')
    .addHelpText(
      'after',
      `${examples('tidegate profile 3', 'tidegate profile 3 --seconds 30 --output slow.cpuprofile', 'tidegate profile w3 --heap')}
Open the file in the developer tools of a browser: Performance for .cpuprofile, Memory for .heapsnapshot.
A heap snapshot holds what the app has in memory, secrets among it. Both take the role admin.`,
    )
    .action(async (worker: number, flags: ProfileFlags) => {
      checkFlags(flags);
      const client = await connect(flags, context);
      const { seconds = DEFAULT_SECONDS, heap = false, force = false } = flags;
      const answer = heap
        ? client.postForFile(`/workers/${worker}/heap-snapshot`, force ? { force } : {})
        : client.postForFile(`/workers/${worker}/cpu-profile`, { durationSeconds: seconds });
      const progress = new ProgressLine(context.terminal);
      try {
        const response = await shown(answer, progress, heap ? null : seconds);
        const file = path.resolve(context.cwd, flags.output ?? nameOf(response, worker, heap));
        const bytes = await save(response, file, progress);
        const pausedMs = Number(response.headers['tidegate-paused-ms'] ?? 0);
        progress.end();
        tell({ worker, kind: heap ? 'heap-snapshot' : 'cpu-profile', file, bytes, pausedMs }, flags, context);
      } finally {
        progress.end();
      }
    });
};

function checkFlags({ heap, seconds, force }: ProfileFlags): void {
  if (heap && seconds !== undefined)
    throw new UsageError(
      '--seconds is for CPU profiles, a heap snapshot shows one moment; leave out --heap or --seconds',
    );
  if (force && !heap) throw new UsageError('--force is for heap snapshots; add --heap, or leave it out');
}

/** Waits for the answer and shows for how long. @param seconds null: nobody knows */
async function shown<T>(answer: Promise<T>, progress: ProgressLine, seconds: number | null): Promise<T> {
  const startedAtMs = performance.now();
  let isOver = false;
  const over = answer.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  while (!isOver) {
    const elapsed = (performance.now() - startedAtMs) / 1000;
    if (seconds === null) progress.show(0, `the worker writes its heap: ${Math.floor(elapsed)} s`);
    else progress.show(elapsed / seconds, `${Math.min(seconds, Math.floor(elapsed))} of ${seconds} s recorded`);
    await Promise.race([over, delay(LOOK_MS)]);
  }
  return answer;
}

async function save(response: IncomingMessage, file: string, progress: ProgressLine): Promise<number> {
  const total = Number(response.headers['content-length'] ?? 0);
  let bytes = 0;
  response.on('data', ({ length }: Buffer) => {
    bytes += length;
    progress.show(total === 0 ? 0 : bytes / total, `${formatByteSize(bytes)} of ${formatByteSize(total)}`);
  });
  let isOurs = false;
  const target = createWriteStream(file, { mode: 0o600 });
  target.once('open', () => {
    isOurs = true;
  });
  try {
    await pipeline(response, target);
    return bytes;
  } catch (error) {
    if (isOurs) await rm(file, { force: true });
    throw new CliError('NOT_SAVED', `${file} could not be written: ${(error as Error).message}`);
  }
}

/** As the control API proposes it, if that is a plain name of the kind. */
function nameOf({ headers }: IncomingMessage, worker: number, heap: boolean): string {
  const suffix = heap ? 'heapsnapshot' : 'cpuprofile';
  const [, proposed = ''] = /filename="([\w.-]+)"/.exec(headers['content-disposition'] ?? '') ?? [];
  return proposed.endsWith(`.${suffix}`) && !proposed.startsWith('.') ? proposed : `worker-${worker}.${suffix}`;
}

interface Written {
  readonly worker: number;
  readonly kind: string;
  readonly file: string;
  readonly bytes: number;
  readonly pausedMs: number;
}

function tell(written: Written, { json }: ProfileFlags, { terminal }: CliContext): void {
  if (json) {
    terminal.json(written);
    return;
  }
  const { worker, kind, file, bytes, pausedMs } = written;
  terminal.line(`${file} (${formatByteSize(bytes)}); worker ${worker} stood still for ${pausedMs} ms`);
  if (kind === 'heap-snapshot')
    terminal.line(`Its process keeps the memory that this took; tidegate restart ${worker} gives it back`);
}

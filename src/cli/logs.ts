import { setTimeout as delay } from 'node:timers/promises';
import { Option } from 'commander';
import type { LogLine } from '../ipc/status.ts';
import type { ControlClient } from './control-client.ts';
import { CliError, UsageError } from './errors.ts';
import { isAtLeast, LOG_LEVELS, type LogLevel } from './log-level.ts';
import { newLogLines } from './log-tail.ts';
import type { Terminal } from './terminal.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb, wholeNumber } from './verb.ts';

const DEFAULT_LINES = 15;
const MAX_LINES = 1_000;
const FOLLOW_PAUSE_MS = 500;

interface LogsFlags extends RemoteFlags {
  readonly lines: number;
  readonly source?: string;
  readonly worker?: number;
  readonly level?: LogLevel;
  readonly follow?: boolean;
}

/** `tidegate logs`: the last lines of the workers and of the runtime itself. */
export const logs: Verb = (program, context) => {
  addTargetOptions(program.command('logs'))
    .description('show the last lines of the workers and of the runtime')
    .option('--lines <n>', `how many, at most ${MAX_LINES}`, wholeNumber('--lines', 1, MAX_LINES), DEFAULT_LINES)
    .option('--source <source>', 'only these: tidegate (the runtime), w3 (worker 3)', checkedSource)
    .addOption(
      new Option('--worker <id>', 'only those of this worker').argParser(wholeNumber('--worker', 1, 999_999_999)),
    )
    .addOption(new Option('--level <level>', 'only these and more serious ones').choices(LOG_LEVELS))
    .option('-f, --follow', 'go on with new lines until the instance ends')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      examples(
        'tidegate logs',
        'tidegate logs --worker 3 --lines 100',
        'tidegate logs --follow --level warn',
        'tidegate logs --follow --json',
      ),
    )
    .action(async (flags: LogsFlags) => {
      const source = sourceOf(flags);
      const client = await connect(flags, context);
      const { terminal } = context;
      const { level } = flags;
      const isWanted = (line: LogLine): boolean => level === undefined || isAtLeast(line, level);
      const print = (line: LogLine): void => terminal.line(flags.json ? JSON.stringify(line) : logText(line, terminal));
      // Tails can be compared only when all are asked for at the same length; and of how many lines few are serious, nobody knows.
      const asked = flags.follow || level !== undefined ? MAX_LINES : flags.lines;
      const first = await fetchLines(client, asked, source);
      for (const line of first.filter(isWanted).slice(-flags.lines)) print(line);
      const printWanted = (line: LogLine): void => (isWanted(line) ? print(line) : undefined);
      if (flags.follow) await follow(client, source, first, printWanted, terminal);
    });
};

function sourceOf({ source, worker }: LogsFlags): string | undefined {
  if (source !== undefined && worker !== undefined) throw new UsageError('Give --source or --worker, not both');
  return worker === undefined ? source : `w${worker}`;
}

async function follow(
  client: ControlClient,
  source: string | undefined,
  first: readonly LogLine[],
  print: (line: LogLine) => void,
  terminal: Terminal,
): Promise<void> {
  for (let seen = first; ; ) {
    await delay(FOLLOW_PAUSE_MS);
    let tail: readonly LogLine[];
    try {
      tail = await fetchLines(client, MAX_LINES, source);
    } catch (error) {
      if (!(error instanceof CliError) || !['UNREACHABLE', 'CONNECTION_LOST'].includes(error.code)) throw error;
      terminal.errorLine(`${client.label} has ended.`);
      return;
    }
    const news = newLogLines(seen, tail);
    if (news.gap) terminal.errorLine('Some lines came too fast to be shown.');
    for (const line of news.lines) print(line);
    if (tail.length > 0) seen = tail;
  }
}

async function fetchLines(
  client: ControlClient,
  lines: number,
  source: string | undefined,
): Promise<readonly LogLine[]> {
  const query = new URLSearchParams({ lines: String(lines), ...(source === undefined ? {} : { source }) });
  const body = (await client.get(`/logs?${query}`)) as { readonly lines?: readonly LogLine[] } | null;
  if (Array.isArray(body?.lines)) return body.lines;
  throw new CliError('NOT_A_CONTROL_API', `${client.label} does not hand out its logs; is it another version?`);
}

function logText({ atMs, source, stream, text }: LogLine, terminal: Terminal): string {
  const iso = new Date(atMs).toISOString();
  const at = terminal.interactive ? new Date(atMs).toTimeString().slice(0, 8) : iso;
  const paintedText = stream === 'stderr' ? terminal.paint('red', text) : text;
  return `${terminal.paint('dim', at)} ${terminal.paint('cyan', source)} ${paintedText}`;
}

function checkedSource(text: string): string {
  if (/^(tidegate|w\d{1,9})$/.test(text)) return text;
  throw new UsageError(
    `--source: ${JSON.stringify(text)} is not allowed; give tidegate, or w and a worker's id such as w3`,
  );
}

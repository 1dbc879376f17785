/** The command line as a whole: the registry of verbs, and how every end of it becomes an exit code. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../../config/errors.ts';
import { packageVersion } from '../../config/package-version.ts';
import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { doctor } from './doctor.ts';
import { CliError, EXIT_FAILURE, EXIT_USAGE } from './errors.ts';
import { explain } from './explain.ts';
import { exportManifest } from './export.ts';
import { loadTest } from './load-test.ts';
import { logs } from './logs.ts';
import { pause } from './pause.ts';
import { profile } from './profile.ts';
import { reload } from './reload.ts';
import { restart } from './restart.ts';
import { resume } from './resume.ts';
import { scale } from './scale.ts';
import { scaler } from './scaler.ts';
import { simulate } from './simulate.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { top } from './top.ts';
import type { CliContext, Verb } from './verb.ts';

/** Every verb, in the order of the help text. */
const VERBS: readonly Verb[] = [
  start,
  status,
  top,
  scale,
  reload,
  restart,
  stop,
  pause,
  resume,
  explain,
  logs,
  profile,
  alerts,
  audit,
  doctor,
  loadTest,
  simulate,
  exportManifest,
  scaler,
];

/**
 * Runs one command line.
 * @param args without node and script
 * @returns the exit code: 0 success, 1 failure, 2 wrong usage
 */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Omit<CliContext, 'exitWith'>,
): Promise<number> {
  let exitCode = 0;
  const context: CliContext = {
    ...surroundings,
    exitWith: (code) => {
      exitCode = code;
    },
  };
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, args, context);
  }
}

function buildProgram(context: CliContext): Command {
  const { terminal } = context;
  const program = new Command('tidegate')
    .description('Runs a Node.js app in as many workers as its load needs.')
    .version(packageVersion(), '-v, --version')
    .exitOverride()
    // Without it, options after `--` that look like ours would be taken from the app.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => terminal.raw(text),
      writeErr: (text) => terminal.errorRaw(text),
      // Reported below, in one line.
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
      getOutHasColors: () => terminal.colours,
      getErrHasColors: () => terminal.colours,
    })
    .addHelpText('after', '\nEach command explains itself: tidegate <command> --help');
  for (const verb of VERBS) verb(program, context);
  return program;
}

function report(error: unknown, args: readonly string[], { terminal, env }: CliContext): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // No command at all: the help text was printed instead.
    if (error.code !== 'commander.help') terminal.errorLine(usageMessage(error, args));
    return EXIT_USAGE;
  }
  const json = wantsJson(args);
  if (error instanceof ConfigError) {
    if (json)
      terminal.errorLine(
        JSON.stringify({ code: error.code, detail: error.problems.join('; '), problems: error.problems }),
      );
    else for (const problem of error.problems) terminal.errorLine(problem);
    return EXIT_USAGE;
  }
  const [code, message, exitCode] =
    error instanceof CliError
      ? [error.code, error.message, error.exitCode]
      : [
          'INTERNAL',
          `Something went wrong within tidegate: ${firstLine(error)}. LOG_LEVEL=debug shows where`,
          EXIT_FAILURE,
        ];
  terminal.errorLine(json ? JSON.stringify({ code, detail: message }) : message);
  if (code === 'INTERNAL' && env.LOG_LEVEL === 'debug') terminal.errorLine(String((error as Error).stack));
  return exitCode;
}

function usageMessage({ message }: CommanderError, args: readonly string[]): string {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const verb =
    args[0] !== undefined && /^[a-z]/.test(args[0]) && !message.includes(`unknown command '${args[0]}'`)
      ? ` ${args[0]}`
      : '';
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return `${sentence}${/[.?)]$/.test(sentence) ? '' : '.'} See: tidegate${verb} --help`;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? '';
}

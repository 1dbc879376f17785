/** What every verb of the command line is, and what it is given. */
import { type Command, Option } from 'commander';
import { ControlClient } from './control-client.ts';
import { UsageError } from './errors.ts';
import { resolveTarget, type TargetFlags } from './target.ts';
import type { Terminal } from './terminal.ts';

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: Terminal;
  /** Sets the exit code of a verb that did not fail. */
  readonly exitWith: (code: number) => void;
}

/** Adds one verb to the program: arguments, options, examples and what it does. */
export type Verb = (program: Command, context: CliContext) => void;

/** Flags of every verb that talks to a running instance. */
export interface RemoteFlags extends TargetFlags {
  readonly json?: boolean;
}

/** Adds `--name`, `--url` and what goes with them. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option('--name <name>', 'the instance, when several run on this machine (TIDEGATE_NAME)'))
    .addOption(new Option('--url <url>', 'a control API to talk to over the network (TIDEGATE_URL)'))
    .addOption(
      new Option(
        '--token <token>',
        'token of that control API; --token-file and TIDEGATE_TOKEN keep it out of process lists',
      ),
    )
    .addOption(new Option('--token-file <file>', 'a file with that token'))
    .addOption(new Option('--ca <file>', 'certificate authority (PEM) of that control API (TIDEGATE_CA)'));
}

/** A client of the instance that flags and environment mean. */
export async function connect(flags: TargetFlags, context: CliContext): Promise<ControlClient> {
  return new ControlClient(await resolveTarget(flags, context.env));
}

/** The help text's last part. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}

/**
 * An argument parser for commander: a whole number within bounds.
 * @param flag its name, for the message
 */
export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`${flag}: ${JSON.stringify(text)} is not allowed; give a whole number from ${min} to ${max}`);
  };
}

import { readFileSync } from 'node:fs';
import { instanceDir, runtimeDir } from '../../config/runtime-dir.ts';
import { verifyChain } from '../runtime/audit-log.ts';
import { CliError, UsageError } from './errors.ts';
import { resolveTarget, type TargetFlags } from './target.ts';
import { type CliContext, examples, type Verb } from './verb.ts';

interface VerifyFlags extends TargetFlags {
  readonly hash?: string;
  readonly json?: boolean;
}

/** `tidegate audit verify`: whether the audit log is as it was written. */
export const audit: Verb = (program, context) => {
  const command = program.command('audit').description('check the log of changes');
  command
    .command('verify')
    .description('check that no line of the audit log was changed, taken out or put in')
    .argument('[files...]', 'its files, the oldest first; without any that of the running instance')
    .option('--name <name>', 'the instance, when several run on this machine (TIDEGATE_NAME)')
    .option(
      '--hash <hash>',
      'a hash that was noted before: must be part of the chain, so nothing up to it was cut off',
      checkedHash,
    )
    .option('--json', 'the report as JSON')
    .addHelpText(
      'after',
      examples('tidegate audit verify', 'tidegate audit verify /var/log/audit.log.1 /var/log/audit.log --hash 5f2a…'),
    )
    .action(async (files: readonly string[], flags: VerifyFlags) => {
      const names = files.length > 0 ? files : [await ownFile(flags, context)];
      const report = verifyChain(names.map((name) => ({ name, text: read(name) })));
      const problems = [...report.problems];
      if (flags.hash !== undefined && !report.holds(flags.hash.toLowerCase())) {
        problems.push(`no line has the hash ${flags.hash}: what it ended was cut off, or all was written anew`);
      }
      const { lines, torn, from, to } = report;
      if (flags.json) context.terminal.json({ ok: problems.length === 0, lines, problems, torn, from, to });
      else {
        for (const problem of problems) context.terminal.errorLine(problem);
        for (const place of torn) context.terminal.errorLine(`${place}: no whole line; left out`);
        if (from.line > 0) context.terminal.line(`The first ${from.line} lines are in an earlier file.`);
        const verdict = problems.length === 0 ? 'whole' : 'NOT as it was written';
        context.terminal.line(
          `${lines} ${lines === 1 ? 'line' : 'lines'}, ${verdict}. Line ${to.line} has the hash ${to.hash}`,
        );
      }
      if (problems.length > 0) context.exitWith(1);
    });
};

async function ownFile(flags: TargetFlags, { env }: CliContext): Promise<string> {
  if (env.AUDIT_LOG_FILE) return env.AUDIT_LOG_FILE;
  const target = await resolveTarget(flags.name === undefined ? {} : { name: flags.name }, {
    ...env,
    TIDEGATE_URL: '',
  });
  const name = target.kind === 'socket' ? target.name : '';
  return `${instanceDir(runtimeDir(env), name)}/audit.log`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError('AUDIT_UNREADABLE', `The audit log can't be read: ${(error as Error).message}`);
  }
}

function checkedHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new UsageError(`--hash: ${JSON.stringify(text)} is not allowed; give 64 hexadecimal digits`);
}

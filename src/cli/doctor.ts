import { EXIT_FAILURE } from './errors.ts';
import { examples, type Verb } from './verb.ts';

interface DoctorFlags {
  readonly config?: string;
  readonly json?: boolean;
}

/** `tidegate doctor`: what on this machine, or in the configuration, would get in the way; and what to do about it. */
export const doctor: Verb = (program, context) => {
  program
    .command('doctor')
    .description('check machine and configuration before a start; exit code 1 when something will not work')
    .option('--config <file>', 'JSON file of options (CONFIG_FILE)')
    .option('--json', 'the findings as JSON')
    .addHelpText('after', examples('tidegate doctor', 'REDIS_URL=redis://10.0.0.7:6379 tidegate doctor --json'))
    .action(async (flags: DoctorFlags) => {
      const { examine } = await import('./doctor/examine.ts');
      const findings = await examine(flags.config, context);
      const { terminal } = context;
      if (flags.json) terminal.json({ ok: !findings.some(({ level }) => level === 'problem'), findings });
      else {
        const marks = {
          ok: terminal.paint('green', 'ok     '),
          warning: terminal.paint('yellow', 'warning'),
          problem: terminal.paint('red', 'problem'),
        };
        for (const { level, subject, found, fix } of findings) {
          terminal.line(`${marks[level]}  ${subject}: ${found}`);
          if (fix !== null) terminal.line(`         → ${fix}`);
        }
      }
      if (findings.some(({ level }) => level === 'problem')) context.exitWith(EXIT_FAILURE);
    });
};

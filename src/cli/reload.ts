import type { ReloadStatus } from '../ipc/status.ts';
import { CliError } from './errors.ts';
import { ReloadProgress } from './reload-progress.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate reload`: replaces the workers one after another, new before old; fails when the new code does. */
export const reload: Verb = (program, context) => {
  addTargetOptions(program.command('reload'))
    .description('replace the workers one by one without losing a request; a bad first one stops it')
    .option('--json', 'one JSON line per step')
    .addHelpText('after', examples('tidegate reload', 'tidegate reload --name api && echo deployed'))
    .action(async (flags: RemoteFlags) => {
      const { terminal } = context;
      const client = await connect(flags, context);
      const progress = new ReloadProgress(terminal);
      let last: ReloadStatus | undefined;
      try {
        for await (const step of client.postForLines('/cluster/reload')) {
          last = step as ReloadStatus;
          if (flags.json) terminal.line(JSON.stringify(last));
          else progress.show(last);
        }
      } finally {
        progress.end();
      }
      if (last === undefined || last.outcome === 'running') {
        throw new CliError('RELOAD_UNKNOWN', `${client.label} did not say how the reload ended; see: tidegate status`);
      }
      if (last.outcome === 'failed') throw new CliError('RELOAD_FAILED', `The reload failed: ${last.detail}`);
      if (!flags.json)
        terminal.line(terminal.paint('green', `Reloaded ${last.replaced} of ${last.total}. ${last.detail}`.trim()));
    });
};

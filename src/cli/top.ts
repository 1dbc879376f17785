import { CliError } from './errors.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate top`: the workers, live, on the whole terminal. */
export const top: Verb = (program, context) => {
  addTargetOptions(program.command('top'))
    .description('watch the workers live; keys scale, reload and explain (h shows them)')
    .addHelpText('after', examples('tidegate top', 'tidegate top --name api'))
    .action(async (flags: RemoteFlags) => {
      if (!context.terminal.interactive || !process.stdin.isTTY) {
        throw new CliError('NO_TERMINAL', 'top needs a terminal; for scripts there is: tidegate status --json');
      }
      const client = await connect(flags, context);
      // A first answer, so that what is wrong is said before the screen is taken over.
      await client.clusterStatus();
      const [{ Screen }, { Top }] = await Promise.all([import('./top/screen.ts'), import('./top/top.ts')]);
      await new Top(client, new Screen(process.stdin, process.stdout), context.terminal).run();
    });
};

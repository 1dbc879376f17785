import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate restart`: replaces all workers at once. */
export const restart: Verb = (program, context) => {
  addTargetOptions(program.command('restart'))
    .description('replace all workers at once, without a canary; reload is gentler')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', examples('tidegate restart', 'tidegate restart --name api'))
    .action(async (flags: RemoteFlags) => {
      const client = await connect(flags, context);
      // It answers when the new workers are ready, which takes as long as the app does.
      const answer = await client.post('/cluster/restart', {}, { timeoutMs: 0 });
      if (flags.json) context.terminal.json(answer);
      else context.terminal.line('All workers were replaced; the new ones are ready.');
    });
};

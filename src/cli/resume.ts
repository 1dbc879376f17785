import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate resume`: ends a pause, and whatever `scale` still holds. */
export const resume: Verb = (program, context) => {
  addTargetOptions(program.command('resume'))
    .description('let the scaler decide again: ends a pause and a manual scaling')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', examples('tidegate resume', 'tidegate resume --name api'))
    .action(async (flags: RemoteFlags) => {
      const client = await connect(flags, context);
      const answer = await client.post('/scaling/resume');
      if (flags.json) context.terminal.json(answer);
      else context.terminal.line('Pause and manual scaling are ended.');
    });
};

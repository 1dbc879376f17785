import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate pause`: the scaler goes on observing and changes nothing. */
export const pause: Verb = (program, context) => {
  addTargetOptions(program.command('pause'))
    .description('stop automatic scaling; crashed workers are still replaced')
    .option('--reason <text>', 'stands in the decisions and in the audit log')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', examples('tidegate pause --reason "measuring"', 'tidegate resume'))
    .action(async (flags: RemoteFlags & { readonly reason?: string }) => {
      const client = await connect(flags, context);
      const body = flags.reason === undefined ? {} : { reason: flags.reason };
      const answer = await client.post('/scaling/pause', body);
      if (flags.json) context.terminal.json(answer);
      else context.terminal.line('Automatic scaling is paused. Go on with: tidegate resume');
    });
};

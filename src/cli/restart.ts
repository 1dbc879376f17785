import { UsageError } from './errors.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';
import { workerId } from './worker-id.ts';

interface RestartFlags extends RemoteFlags {
  readonly reason?: string;
}

/** `tidegate restart`: replaces one worker, or all at once. */
export const restart: Verb = (program, context) => {
  addTargetOptions(program.command('restart'))
    .description('replace one worker, or all at once, each new one ready before the old leaves; reload is gentler')
    .argument('[worker]', 'only this one: its id, as status shows it (3 or w3)', workerId)
    .option('--reason <text>', 'why, for the audit log; with a worker')
    .option('--json', 'the answer as JSON')
    .addHelpText('after', examples('tidegate restart', 'tidegate restart 3 --reason "its memory grows"'))
    .action(async (worker: number | undefined, flags: RestartFlags) => {
      const { json, reason } = flags;
      if (reason !== undefined && worker === undefined)
        throw new UsageError('--reason goes with one worker: tidegate restart 3 --reason "..."');
      const client = await connect(flags, context);
      const path = worker === undefined ? '/cluster/restart' : `/workers/${worker}/restart`;
      // It answers when the new workers are ready, which takes as long as the app does.
      const answer = await client.post(path, reason === undefined ? {} : { reason }, { timeoutMs: 0 });
      const { replacement } = Object(answer) as { readonly replacement?: number };
      if (json) context.terminal.json(answer);
      else if (worker === undefined) context.terminal.line('All workers were replaced; the new ones are ready.');
      else context.terminal.line(`Worker ${worker} was replaced; worker ${replacement} is ready.`);
    });
};

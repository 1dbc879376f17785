import { lastDecisionSentence, shadowSentences } from './decision.ts';
import { manualSentences } from './manual-state.ts';
import { memorySentences, memoryTrends } from './memory-trends.ts';
import { statusLines } from './status-view.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate status`: the workers, and what the scaler decided last. */
export const status: Verb = (program, context) => {
  addTargetOptions(program.command('status'))
    .aliases(['ls', 'list'])
    .description('show the workers of a running instance')
    .option('--json', 'the body of GET /cluster/status')
    .addHelpText('after', examples('tidegate status', 'tidegate ls --name api', 'tidegate status --json | jq .ready'))
    .action(async (flags: RemoteFlags) => {
      const client = await connect(flags, context);
      const cluster = await client.clusterStatus();
      if (flags.json) {
        context.terminal.json(cluster);
        return;
      }
      const decision = await lastDecisionSentence(client);
      const scaling = await client.get('/scaling/status');
      const nowMs = Date.now();
      const lines = statusLines(cluster, decision, context.terminal, nowMs, {
        manual: manualSentences(scaling, nowMs),
        shadows: shadowSentences(scaling),
        memory: memorySentences(await memoryTrends(client)),
      });
      for (const line of lines) context.terminal.line(line);
    });
};

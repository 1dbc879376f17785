import { fetchDecision } from './decision.ts';
import { UsageError } from './errors.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** `tidegate explain`: why the scaler decided what it did. */
export const explain: Verb = (program, context) => {
  addTargetOptions(program.command('explain'))
    .description('say why the scaler decided as it did: rules, clamps, and when it may act next')
    .argument('[decision]', 'the number of a decision', checkedDecision, 'last')
    .option('--json', 'the whole decision record')
    .addHelpText('after', examples('tidegate explain', 'tidegate explain 42', 'tidegate explain --json | jq .record'))
    .action(async (decision: string, flags: RemoteFlags) => {
      const client = await connect(flags, context);
      const explained = await fetchDecision(client, decision);
      if (flags.json) context.terminal.json(explained);
      else for (const line of explained.explanation) context.terminal.line(line);
    });
};

function checkedDecision(text: string): string {
  if (text === 'last' || /^\d{1,15}$/.test(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} is no decision: give its number, or nothing for the last one`);
}

import { formatDuration, HOLD_ALLOWED, parseHoldMs } from '../../config/duration.ts';
import { alertLines } from './alerts-view.ts';
import { EXIT_FAILURE, UsageError } from './errors.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

/** What POST /alerts/test answers. */
interface TestAnswer {
  readonly results: readonly { readonly channel: string; readonly delivered: boolean; readonly detail: string }[];
}

interface SilenceAnswer {
  readonly id: string;
  readonly key: string;
}

/** `tidegate alerts`: what fires, whether news of it arrives, and silences. */
export const alerts: Verb = (program, context) => {
  const group = program
    .command('alerts')
    .description('show what fires, send a test alert, and silence alerts for a time')
    .enablePositionalOptions()
    .addHelpText(
      'after',
      examples(
        'tidegate alerts',
        'tidegate alerts test',
        'tidegate alerts silence "health/*" --for 2h --reason "moving the database"',
        'tidegate alerts unsilence s1',
      ),
    );

  addTargetOptions(group.command('list', { isDefault: true }))
    .description('show what fires, silences and channels')
    .option('--json', 'the answer as JSON')
    .action(async (flags: RemoteFlags) => {
      const answer = await (await connect(flags, context)).get('/alerts');
      if (flags.json) context.terminal.json(answer);
      else for (const line of alertLines(answer, context.terminal, Date.now())) context.terminal.line(line);
    });

  addTargetOptions(group.command('test'))
    .description('send a test alert; exit 1 when a channel did not take it')
    .argument('[channel]', 'webhook, slack, discord or email; without it all')
    .option('--json', 'the answer as JSON')
    .action(async (channel: string | undefined, flags: RemoteFlags) => {
      const client = await connect(flags, context);
      const answer = (await client.post('/alerts/test', channel === undefined ? {} : { channel }, {
        timeoutMs: TEST_TIMEOUT_MS,
      })) as TestAnswer;
      const { terminal } = context;
      if (flags.json) terminal.json(answer);
      else if (answer.results.length === 0) terminal.line(NO_CHANNEL);
      else {
        for (const { channel: name, delivered, detail } of answer.results) {
          const outcome = delivered ? terminal.paint('green', 'delivered') : terminal.paint('red', `failed: ${detail}`);
          terminal.line(`${name}  ${outcome}`);
        }
      }
      if (answer.results.some(({ delivered }) => !delivered)) context.exitWith(EXIT_FAILURE);
    });

  addTargetOptions(group.command('silence'))
    .description('keep channels from telling of some alerts for a time')
    .argument('<key>', 'an alert as the list names it; * stands for any characters')
    .requiredOption('--for <duration>', 'how long: 30m, 2h, 1d', checkedTime)
    .option('--reason <text>', 'stands in the list and in the audit log')
    .option('--json', 'the silence as JSON')
    .action(async (key: string, flags: RemoteFlags & { readonly for: string; readonly reason?: string }) => {
      const body = { key, for: flags.for, ...(flags.reason === undefined ? {} : { reason: flags.reason }) };
      const silence = (await (await connect(flags, context)).post('/alerts/silences', body)) as SilenceAnswer;
      const forText = formatDuration(parseHoldMs(flags.for) ?? 0);
      if (flags.json) context.terminal.json(silence);
      else
        context.terminal.line(
          `${silence.key} is silent for ${forText}. End it with: tidegate alerts unsilence ${silence.id}`,
        );
    });

  addTargetOptions(group.command('unsilence'))
    .description('end a silence early')
    .argument('<id>', 'as the list names it: s1')
    .option('--json', 'the silence as JSON')
    .action(async (id: string, flags: RemoteFlags) => {
      const client = await connect(flags, context);
      const silence = (await client.delete(`/alerts/silences/${encodeURIComponent(id)}`)) as SilenceAnswer;
      if (flags.json) context.terminal.json(silence);
      else context.terminal.line(`${silence.key} is heard again.`);
    });
};

/** A channel's own attempt may take ten seconds. */
const TEST_TIMEOUT_MS = 20_000;
const NO_CHANNEL =
  'Alerts go to the log alone. Set ALERT_WEBHOOK_URL, SLACK_WEBHOOK_URL, DISCORD_WEBHOOK_URL or SMTP_URL with ALERT_EMAIL_TO';

function checkedTime(text: string): string {
  try {
    if (parseHoldMs(text) !== null) return text;
  } catch {
    // said below
  }
  throw new UsageError(
    `--for: ${JSON.stringify(text)} is not allowed; give ${HOLD_ALLOWED.replace(', or forever', '')}`,
  );
}

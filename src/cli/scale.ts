import { HOLD_ALLOWED, parseHoldMs } from '../../config/duration.ts';
import type { ControlClient } from './control-client.ts';
import { decisionSentence } from './decision.ts';
import { CliError, UsageError } from './errors.ts';
import { holdSentence } from './manual-state.ts';
import { addTargetOptions, connect, examples, type RemoteFlags, type Verb } from './verb.ts';

interface ScaleFlags extends RemoteFlags {
  readonly for?: string;
  readonly reason?: string;
  readonly force?: boolean;
}

/** A count, or a change of the count. */
export type ScaleAmount =
  | { readonly kind: 'to'; readonly count: number }
  | { readonly kind: 'by'; readonly change: number };

/** `tidegate scale`: a manual scaling, held for a while. */
export const scale: Verb = (program, context) => {
  addTargetOptions(program.command('scale'))
    .description('change the number of workers by hand; the scaler is free again after a while')
    .argument('<count>', 'a number of workers, or a change: +2, -1', parseScaleAmount)
    .option('--for <duration>', 'how long it holds: 90s, 30m, 2h, forever (else MANUAL_PIN_MS, 5 minutes)', checkedHold)
    .option('--reason <text>', 'stands in the decision and in the audit log')
    .option('--force', 'even when the memory guard or a crash loop forbids it')
    .option('--json', 'the decision as JSON')
    .addHelpText(
      'after',
      examples('tidegate scale 4', 'tidegate scale +2 --for 2h --reason "sale begins at nine"', 'tidegate scale -1'),
    )
    .action(async (amount: ScaleAmount, flags: ScaleFlags) => {
      const client = await connect(flags, context);
      const instances = await wantedCount(client, amount);
      const decision = await client.post('/scaling/manual', {
        instances,
        ...(flags.reason === undefined ? {} : { reason: flags.reason }),
        ...(flags.for === undefined ? {} : { for: flags.for }),
        ...(flags.force === undefined ? {} : { force: true }),
      });
      if (flags.json) {
        context.terminal.json(decision);
        return;
      }
      context.terminal.line(decisionSentence(decision) ?? `${instances} workers are wanted now.`);
      const hold = holdSentence(decision);
      if (hold !== undefined) context.terminal.line(hold);
    });
};

/** @throws UsageError */
export function parseScaleAmount(text: string): ScaleAmount {
  const parts = /^([+-]?)(\d{1,9})$/.exec(text);
  const number = Number(parts?.[2]);
  if (parts === null || number === 0) {
    const hint = number === 0 ? ' (to end them all: tidegate stop)' : '';
    throw new UsageError(`${JSON.stringify(text)} is no number of workers: give 4, +2 or -1${hint}`);
  }
  if (parts[1] === '') return { kind: 'to', count: number };
  return { kind: 'by', change: parts[1] === '-' ? -number : number };
}

function checkedHold(text: string): string {
  try {
    parseHoldMs(text);
  } catch {
    throw new UsageError(`--for: ${JSON.stringify(text)} is not allowed; give ${HOLD_ALLOWED}`);
  }
  return text;
}

async function wantedCount(client: ControlClient, amount: ScaleAmount): Promise<number> {
  if (amount.kind === 'to') return amount.count;
  const { desired } = await client.clusterStatus();
  const wanted = desired + amount.change;
  if (wanted >= 1) return wanted;
  const message = `${amount.change} from ${desired} would leave no worker; scale to 1, or end them all with: tidegate stop`;
  throw new CliError('NOTHING_LEFT', message);
}

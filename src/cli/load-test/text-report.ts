/** A load test's result for a terminal. */
import { type Column, tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { LoadResult, StepResult } from './result.ts';
import type { Verdict } from './thresholds.ts';

/** Above this the generator is busy with itself. */
const LAG_WARNING_MS = 20;

export function reportLines(result: LoadResult, verdicts: readonly Verdict[], terminal: Terminal): string[] {
  const { total, steps, plan, seconds, perSecond, errors } = result;
  const mode = plan.ratePerS === null ? 'closed loop' : `open loop at ${plan.ratePerS} rounds a second`;
  const rows = steps.length > 1 ? [...steps, total] : steps;
  const lines = [
    `${terminal.paint('bold', plan.target)} · ${plan.users} users, ${mode}, ${seconds.toFixed(1)} s`,
    `${total.succeeded} succeeded, ${total.failed} failed · ${perSecond.toFixed(1)} a second · ${result.rounds} rounds, ${result.failedRounds} failed${result.socketsMax > 0 ? ` · up to ${result.socketsMax} WebSockets` : ''}`,
    '',
    ...tableLines(COLUMNS, rows, (title) => terminal.paint('dim', title)),
  ];
  if (errors.length > 0) {
    const shown = errors.map(({ step, kind, count }) => `  ${count} × ${step === '' ? '' : `${step}: `}${kind}`);
    lines.push('', terminal.paint('red', 'Errors'), ...shown);
  }
  if (verdicts.length > 0) lines.push('', ...verdicts.map((verdict) => verdictLine(verdict, terminal)));
  if (result.lagP99Ms > LAG_WARNING_MS) {
    const warning = `The generator itself was up to ${result.lagP99Ms.toFixed(0)} ms late (p99): give it more cores, --processes, or a lower rate`;
    lines.push('', terminal.paint('yellow', warning));
  }
  return lines;
}

const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(value < 100 ? 1 : 0));

const COLUMNS: readonly Column<StepResult>[] = [
  { title: 'step', align: 'left', text: ({ name }) => name },
  { title: 'ok', align: 'right', text: ({ succeeded }) => String(succeeded) },
  { title: 'failed', align: 'right', text: ({ failed }) => String(failed) },
  { title: 'mean ms', align: 'right', text: ({ meanMs }) => ms(meanMs) },
  ...(['50', '90', '95', '99', '99.9'] as const).map(
    (at): Column<StepResult> => ({
      title: `p${at}`,
      align: 'right',
      text: ({ percentilesMs }) => ms(percentilesMs[at]),
    }),
  ),
  { title: 'max', align: 'right', text: ({ maxMs }) => ms(maxMs) },
];

function verdictLine({ threshold, isMet, found }: Verdict, terminal: Terminal): string {
  return `${isMet ? terminal.paint('green', 'met   ') : terminal.paint('red', 'missed')} ${threshold}: ${found}`;
}

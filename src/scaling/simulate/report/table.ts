import type { MatrixResult } from '../matrix/matrix.ts';
import type { GoalLine } from '../results/goal.ts';
import type { Estimate } from '../results/statistics.ts';
import { overall, type Summary, summaryOfRow } from '../results/summary.ts';

/** The columns of the tables, in every form of the report. */
export const COLUMNS: readonly { readonly title: string; readonly text: (summary: Summary) => string }[] = [
  { title: 'violations %', text: ({ violationPercent }) => range(violationPercent, 2) },
  { title: 'bad 10 s %', text: ({ badWindowPercent }) => badWindowPercent.mean.toFixed(1) },
  { title: 'bad s', text: ({ violationSeconds }) => violationSeconds.mean.toFixed(0) },
  { title: 'cost ÷ oracle', text: ({ cost }) => range(cost, 2) },
  { title: 'worker-s', text: ({ workerSeconds }) => workerSeconds.mean.toFixed(0) },
  { title: 'actions', text: ({ actions }) => actions.mean.toFixed(1) },
  { title: 'reversals/h', text: ({ reversalsPerHour }) => reversalsPerHour.mean.toFixed(1) },
  { title: 'p95 ms', text: ({ p95Ms }) => p95Ms.mean.toFixed(0) },
  { title: 'p99 ms', text: ({ p99Ms }) => p99Ms.mean.toFixed(0) },
  { title: 'wrong +/−', text: ({ wrongUps, wrongDowns }) => `${wrongUps}/${wrongDowns}` },
];

/** The whole report as lines of text. */
export function reportLines(result: MatrixResult, goal: readonly GoalLine[]): readonly string[] {
  const workloads = [...new Set(result.rows.map(({ workload }) => workload))];
  const tables = workloads.flatMap((workload) => {
    const rows = result.rows.filter((row) => row.workload === workload);
    const [first] = rows;
    const title = `${workload} (${first?.scores.length} runs${first?.isGuardCase ? ', guard case' : ''})`;
    return [
      ...tableOf(
        title,
        rows.map((row) => [summaryOfRow(row), row.setting] as const),
      ),
      '',
    ];
  });
  const all = overall(result.rows).map((summary) => [summary, ''] as const);
  const judged =
    all.length === 0 ? [] : [...tableOf(`all workloads but guard cases (${result.cells.length} cells)`, all), ''];
  return [...tables, ...judged, ...goalLines(goal)];
}

export function goalLines(goal: readonly GoalLine[]): readonly string[] {
  if (goal.length === 0) return [];
  const lines = goal.map((line) => `  ${verdictOf(line).padEnd(VERDICT_WIDTH)}  ${line.demand}: ${line.found}`);
  return [goalTitle(goal), ...lines];
}

const VERDICT_WIDTH = 'not comparable'.length;

export function verdictOf({ isMet }: GoalLine): string {
  if (isMet === null) return 'not comparable';
  return isMet ? 'met' : 'not met';
}

/** `Goal: 12 of 15 met, 2 not comparable`. */
export function goalTitle(goal: readonly GoalLine[]): string {
  const [met, open] = [true, null].map((verdict) => goal.filter(({ isMet }) => isMet === verdict).length);
  const judged = goal.length - (open as number);
  return `Goal: ${met} of ${judged} met${open === 0 ? '' : `, ${open} not comparable (cheaper, with more violations)`}`;
}

function tableOf(title: string, rows: readonly (readonly [Summary, string])[]): readonly string[] {
  const cells = rows.map(([summary, setting]) => [
    summary.contestant,
    ...COLUMNS.map(({ text }) => text(summary)),
    setting,
  ]);
  const titles = [title, ...COLUMNS.map((column) => column.title), ''];
  const widths = titles.map((text, index) =>
    Math.max(text.length, ...cells.map((row) => (row[index] as string).length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, index) => {
        const width = widths[index] as number;
        return index === 0 || index === row.length - 1 ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd();
  return [line(titles), ...cells.map(line)];
}

/** `0.94 ±0.12`. */
export function range({ mean, plusMinus }: Estimate, digits: number): string {
  return plusMinus === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ±${plusMinus.toFixed(digits)}`;
}

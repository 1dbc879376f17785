import type { MatrixResult, Row } from '../matrix/matrix.ts';
import { describeCell } from '../matrix/run-job.ts';
import type { GoalLine } from '../results/goal.ts';
import { overall, summaryOfRow } from '../results/summary.ts';
import { COLUMNS, goalTitle, range, verdictOf } from './table.ts';

/** What marks the place of the results in a page that has more. */
const [BEGIN, END] = ['<!-- results: begin -->', '<!-- results: end -->'];

/** The report as Markdown: how it was made, the goal, everybody over all workloads, and everybody on each. */
export function markdownReport(result: MatrixResult, goal: readonly GoalLine[]): string {
  const { rows, cells } = result;
  const all = overall(rows);
  return [
    `${cells.length} cells (service, start time, seed): ${[...new Set(cells.map(describeCell))].join('; ')}. Intervals are 95 %, over cells.`,
    ...(goal.length === 0 ? [] : ['', `**${goalTitle(goal)}**`, '', ...goalTable(goal)]),
    ...(all.length === 0
      ? []
      : [
          '',
          'All workloads but guard cases:',
          '',
          ...table(
            ['', ...COLUMNS.map(({ title }) => title)],
            all.map((summary) => [summary.contestant, ...COLUMNS.map(({ text }) => text(summary))]),
          ),
        ]),
    ...matrixOf(
      rows.filter(({ isGuardCase }) => !isGuardCase),
      'Violations % and cost ÷ oracle on each workload:',
      (row) => {
        const { violationPercent, cost } = summaryOfRow(row);
        return `${range(violationPercent, 2)}; ${range(cost, 2)}`;
      },
    ),
    ...matrixOf(
      rows.filter(({ isGuardCase }) => isGuardCase),
      'Wrong scale-ups / scale-downs in the guard cases, all runs together:',
      (row) => {
        const { wrongUps, wrongDowns } = summaryOfRow(row);
        return `${wrongUps}/${wrongDowns}`;
      },
    ),
  ].join('\n');
}

/** Puts a report in the place that a page marks for it; a page without marks (or none) becomes the report. */
export function inPage(page: string | null, report: string): string {
  const [from, until] = [page?.indexOf(BEGIN) ?? -1, page?.indexOf(END) ?? -1];
  if (page === null || from === -1 || until < from) return `${report}\n`;
  return `${page.slice(0, from)}${BEGIN}\n${report}\n${page.slice(until)}`;
}

function goalTable(goal: readonly GoalLine[]): readonly string[] {
  return table(
    ['demand', 'found', ''],
    goal.map((line) => [line.demand, line.found, verdictOf(line)]),
  );
}

/** Contestants down, workloads across. */
function matrixOf(rows: readonly Row[], title: string, text: (row: Row) => string): readonly string[] {
  if (rows.length === 0) return [];
  const workloads = [...new Set(rows.map(({ workload }) => workload))];
  const contestants = [...new Set(rows.map(({ contestant }) => contestant))];
  const lines = contestants.map((contestant) => [
    contestant,
    ...workloads.map((workload) => {
      const row = rows.find((each) => each.workload === workload && each.contestant === contestant);
      return row === undefined ? '' : text(row);
    }),
  ]);
  return ['', title, '', ...table(['', ...workloads], lines)];
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)];
}

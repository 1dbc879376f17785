import type { MatrixResult, Row } from '../matrix/matrix.ts';
import { describeCell } from '../matrix/run-job.ts';
import type { GoalLine } from '../results/goal.ts';
import type { RunPicture } from '../results/picture.ts';
import { overall, type Summary, summaryOfRow } from '../results/summary.ts';
import { chart, escapeText } from './chart.ts';
import { STYLE } from './html-style.ts';
import { COLUMNS, goalTitle, verdictOf } from './table.ts';

/**
 * The report as one page that needs nothing else: the goal, the table of everything, and for each workload the figures and the pictures of
 * the first cell.
 * @param own the contestant whose pictures are open from the start
 */
export function htmlReport(result: MatrixResult, goal: readonly GoalLine[], own: string): string {
  const workloads = [...new Set(result.rows.map(({ workload }) => workload))];
  const [first] = result.cells;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Tidegate simulation</title>',
    `<style>${STYLE}</style></head><body><main>`,
    '<h1>Scaling policies compared</h1>',
    `<p>${result.cells.length} cells: ${escapeText([...new Set(result.cells.map(describeCell))].join('; '))}. Confidence intervals are 95 %, over cells.</p>`,
    goal.length === 0 ? '' : `<h2>${escapeText(goalTitle(goal))}</h2>${goalList(goal)}`,
    '<h2>All workloads but guard cases</h2>',
    table(
      overall(result.rows).map((summary) => [summary, ''] as const),
      own,
    ),
    `<p class="key"><span class="k-load">offered load</span> <span class="k-ready">workers ready</span> <span class="k-desired">workers wanted</span> <span class="k-bad">violations</span> ▲▼ decisions; hover for their reasons. One erlang keeps one event loop busy.</p>`,
    ...workloads.map((workload) => {
      const rows = result.rows.filter((row) => row.workload === workload);
      const pictures = result.pictures.filter((picture) => picture.workload === workload);
      return section(workload, rows, pictures, own, first === undefined ? '' : describeCell(first));
    }),
    '</main></body></html>',
  ].join('\n');
}

function goalList(goal: readonly GoalLine[]): string {
  const items = goal.map(
    (line) =>
      `<li class="${line.isMet === null ? 'open' : line.isMet ? 'met' : 'missed'}"><b>${verdictOf(line)}</b> ${escapeText(line.demand)}: ${escapeText(line.found)}</li>`,
  );
  return `<ul class="goal">${items.join('')}</ul>`;
}

function section(
  workload: string,
  rows: readonly Row[],
  pictures: readonly RunPicture[],
  own: string,
  cell: string,
): string {
  const figures = pictures.map(
    (picture) =>
      `<details${picture.contestant === own ? ' open' : ''}><summary>${escapeText(picture.contestant)} <small>${escapeText(cell)}</small></summary>${chart(picture)}${decisions(picture)}</details>`,
  );
  const summaries = rows.map((row) => [summaryOfRow(row), row.setting] as const);
  return `<section><h2 id="${escapeText(workload)}">${escapeText(workload)}</h2>${table(summaries, own)}${figures.join('')}</section>`;
}

function decisions({ changes }: RunPicture): string {
  if (changes.length === 0) return '<p>No decision changed the number.</p>';
  const rows = changes.map(
    ({ atS, before, after, reason }) =>
      `<tr><td>${atS} s</td><td>${before} → ${after}</td><td class="text">${escapeText(reason)}</td></tr>`,
  );
  return `<details class="list"><summary>${changes.length} decisions</summary><table>${rows.join('')}</table></details>`;
}

function table(rows: readonly (readonly [Summary, string])[], own: string): string {
  const head = COLUMNS.map(({ title }) => `<th>${escapeText(title)}</th>`).join('');
  const body = rows.map(([summary, setting]) => {
    const cells = COLUMNS.map(({ text }) => `<td>${escapeText(text(summary))}</td>`).join('');
    const mark = summary.contestant === own ? ' class="own"' : '';
    return `<tr${mark}><th scope="row">${escapeText(summary.contestant)}</th>${cells}<td class="text">${escapeText(setting)}</td></tr>`;
  });
  return `<div class="wide"><table><thead><tr><th></th>${head}<th></th></tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

import type { MatrixResult } from '../matrix/matrix.ts';
import type { GoalLine } from '../results/goal.ts';
import { overall, summaryOfRow } from '../results/summary.ts';

/** The whole report as data; figures have six significant digits. */
export function reportData(result: MatrixResult, goal: readonly GoalLine[]): unknown {
  const data = {
    cells: result.cells,
    goal,
    overall: overall(result.rows),
    workloads: result.rows.map((row) => ({
      workload: row.workload,
      guardCase: row.isGuardCase,
      contestant: row.contestant,
      setting: row.setting,
      summary: summaryOfRow(row),
      runs: row.scores,
    })),
  };
  return JSON.parse(
    JSON.stringify(data, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)),
  );
}

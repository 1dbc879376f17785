import type { Row } from '../matrix/matrix.ts';
import type { Score } from './score.ts';
import { type Estimate, estimate } from './statistics.ts';

/** One contestant over all workloads that count, or on one of them. */
export interface Summary {
  readonly contestant: string;
  readonly violationPercent: Estimate;
  readonly badWindowPercent: Estimate;
  readonly violationSeconds: Estimate;
  readonly cost: Estimate;
  readonly workerSeconds: Estimate;
  readonly actions: Estimate;
  readonly reversalsPerHour: Estimate;
  readonly p95Ms: Estimate;
  readonly p99Ms: Estimate;
  readonly wrongUps: number;
  readonly wrongDowns: number;
}

/** Over the cells of one row. */
export function summaryOfRow(row: Row): Summary {
  return summarize(
    row.contestant,
    row.scores.map((score) => [score]),
  );
}

/** Over all workloads that are judged by violations and cost; each cell is one independent value: its mean over the workloads. */
export function overall(rows: readonly Row[]): readonly Summary[] {
  const judged = rows.filter(({ isGuardCase }) => !isGuardCase);
  const names = [...new Set(judged.map(({ contestant }) => contestant))];
  return names.map((contestant) => {
    const mine = judged.filter((row) => row.contestant === contestant);
    const cells = Math.max(0, ...mine.map(({ scores }) => scores.length));
    const perCell = Array.from({ length: cells }, (_, cell) => mine.flatMap(({ scores }) => scores[cell] ?? []));
    return summarize(contestant, perCell);
  });
}

function summarize(contestant: string, perCell: readonly (readonly Score[])[]): Summary {
  const of = (figure: (score: Score) => number): Estimate =>
    estimate(perCell.map((scores) => estimate(scores.map(figure)).mean));
  const total = (figure: (score: Score) => number): number =>
    perCell.flat().reduce((sum, score) => sum + figure(score), 0);
  return {
    contestant,
    violationPercent: of((score) => score.violationPercent),
    badWindowPercent: of((score) => score.badWindowPercent),
    violationSeconds: of((score) => score.violationSeconds),
    cost: of((score) => score.cost),
    workerSeconds: of((score) => score.workerSeconds),
    actions: of((score) => score.actions),
    reversalsPerHour: of((score) => score.reversalsPerHour),
    p95Ms: of((score) => score.p95Ms),
    p99Ms: of((score) => score.p99Ms),
    wrongUps: total((score) => score.wrongUps),
    wrongDowns: total((score) => score.wrongDowns),
  };
}

/** What the rounds of a load come to. Pure. */
import type { Contender, ContenderId } from './contender.ts';
import { type Bound, LOAD_GOALS, type LoadFigure, type Verdict, verdict } from './goals.ts';
import { type Estimate, estimate, median, ratios } from './statistics.ts';
import type { Cell, LoadFigures, LoadSuite } from './suites/load-suite.ts';

export interface JudgedGoal {
  readonly text: string;
  readonly bound: Bound;
  readonly estimate: Estimate;
  readonly verdict: Verdict;
}

/** Medians of the rounds; ratios are to the base contender in the same round. */
export interface LoadRow {
  readonly id: ContenderId;
  readonly label: string;
  readonly perSecond: number;
  readonly perSecondRatio: Estimate;
  readonly balancerMicros: number;
  readonly workersMicros: number;
  readonly systemMicros: number;
  readonly systemRatio: Estimate;
  /** Deviation of the worker farthest from an even spread of connections; null for a single process. */
  readonly spread: Estimate | null;
  readonly errors: number;
}

export interface LoadReport {
  readonly suite: Pick<LoadSuite, 'name' | 'title' | 'unit' | 'workers'>;
  readonly generator: string;
  readonly rows: readonly LoadRow[];
  readonly goals: readonly JudgedGoal[];
  /** Median and maximum of the part of a core that others took; null where nothing is pinned. */
  readonly foreign: { readonly median: number; readonly most: number } | null;
}

/** @throws Error when the base contender has not been measured */
export function loadReport(
  suite: LoadSuite,
  contenders: readonly Pick<Contender, 'id' | 'label'>[],
  figures: LoadFigures,
  base: ContenderId,
  random: () => number,
): LoadReport {
  const baseCells = figures.get(base);
  if (baseCells === undefined) throw new Error(`${base} has not been measured, which the others are compared with`);
  const ratio = (cells: readonly Cell[], figure: 'perSecond' | 'systemMicros'): Estimate =>
    estimate(
      ratios(
        cells.map((cell) => cell[figure]),
        baseCells.map((cell) => cell[figure]),
      ),
      random,
    );
  const middle = (cells: readonly Cell[], figure: keyof Omit<Cell, 'deviation' | 'foreign'>): number =>
    median(cells.map((cell) => cell[figure]));
  const rows = contenders.map(({ id, label }): LoadRow => {
    const cells = figures.get(id) ?? [];
    const deviations = cells.map(({ deviation }) => deviation).filter((deviation) => deviation !== null);
    return {
      id,
      label,
      perSecond: middle(cells, 'perSecond'),
      perSecondRatio: ratio(cells, 'perSecond'),
      balancerMicros: middle(cells, 'balancerMicros'),
      workersMicros: middle(cells, 'workersMicros'),
      systemMicros: middle(cells, 'systemMicros'),
      systemRatio: ratio(cells, 'systemMicros'),
      spread: deviations.length === 0 ? null : estimate(deviations, random),
      errors: cells.reduce((sum, cell) => sum + cell.errors, 0),
    };
  });
  const foreign = [...figures.values()].flat().flatMap((cell) => (cell.foreign === null ? [] : [cell.foreign]));
  const { name, title, unit, workers, load } = suite;
  return {
    suite: { name, title, unit, workers },
    generator: load.generator,
    rows,
    goals: judge(suite, rows),
    foreign: foreign.length === 0 ? null : { median: median(foreign), most: Math.max(...foreign) },
  };
}

function judge(suite: LoadSuite, rows: readonly LoadRow[]): JudgedGoal[] {
  const goals = LOAD_GOALS.filter((goal) => goal.suite === suite.name && goal.workers === suite.workers);
  return goals.flatMap(({ contender, figure, bound }) => {
    const row = rows.find(({ id }) => id === contender);
    const found = row === undefined ? null : figureOf(row, figure);
    if (row === undefined || found === null) return [];
    return [{ text: wording(row.label, figure, suite.unit), bound, estimate: found, verdict: verdict(found, bound) }];
  });
}

function figureOf(row: LoadRow, figure: LoadFigure): Estimate | null {
  if (figure === 'spread') return row.spread;
  return figure === 'perSecond' ? row.perSecondRatio : row.systemRatio;
}

function wording(label: string, figure: LoadFigure, unit: string): string {
  if (figure === 'spread') return `${label}: ${unit} of a worker, deviation from even`;
  if (figure === 'perSecond') return `${label}: ${unit}/s ÷ Node's cluster`;
  return `${label}: system CPU per ${unit.slice(0, -1)} ÷ Node's cluster`;
}

import type { Family, Setting } from '../controllers/controller.ts';
import { describeSetting } from '../controllers/families.ts';
import { estimate } from '../results/statistics.ts';
import type { Contestant, JobResult } from './job.ts';

/** Settings with no more violations than this are compared by cost, the others by violations. */
const GOOD_ENOUGH_PERCENT = 1;

/** Every setting of the grids, each a contestant of the tuning. */
export function tuningContestants(families: readonly Family[]): readonly Contestant[] {
  return families.flatMap(({ name, grid }) =>
    grid.map((setting): Contestant => ({ id: tuningId(name, setting), kind: 'baseline', family: name, setting })),
  );
}

/**
 * The best setting of a family for one workload: the cheapest with at most 1 % of violations; where none is that good, the one with
 * the fewest.
 * @param results of the tuning jobs of that workload
 */
export function bestSetting({ name, grid, defaults }: Family, results: readonly JobResult[]): Setting {
  const judged = grid.map((setting) => {
    const scores = results.flatMap((result) => result.scores[tuningId(name, setting)] ?? []);
    const violations = estimate(scores.map(({ violationPercent }) => violationPercent)).mean;
    return { setting, violations, cost: estimate(scores.map(({ cost }) => cost)).mean };
  });
  const good = judged.filter(({ violations }) => violations <= GOOD_ENOUGH_PERCENT);
  const ranked =
    good.length > 0
      ? good.toSorted((a, b) => a.cost - b.cost)
      : judged.toSorted((a, b) => a.violations - b.violations || a.cost - b.cost);
  return ranked[0]?.setting ?? defaults;
}

function tuningId(family: string, setting: Setting): string {
  return `${family}: ${describeSetting(setting)}`;
}

import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { Family } from '../controllers/controller.ts';
import { describeSetting } from '../controllers/families.ts';
import { profileNamed } from '../load/profile.ts';
import type { RunPicture } from '../results/picture.ts';
import type { Score } from '../results/score.ts';
import type { Cell, Contestant, Job, JobResult, WorkloadRef } from './job.ts';
import { runJobs } from './pool.ts';
import { workloadOf } from './run-job.ts';
import { bestSetting, tuningContestants } from './tune.ts';

/** Cells on which baselines are tuned; they run in the whole matrix as well, which is to the baselines' advantage. */
const TUNING_CELLS = 2;
/** Guard cases are about what may not be done at all: fewer runs show that. */
const GUARD_CELLS = 4;

export interface MatrixPlan {
  readonly workloads: readonly WorkloadRef[];
  readonly cells: readonly Cell[];
  readonly limits: { readonly min: number; readonly max: number };
  /** Tidegate's policies; the first is the one that the goal is judged for. */
  readonly policies: readonly { readonly id: string; readonly policy: ScalingPolicy }[];
  readonly baselines: readonly Family[];
  /** Also the best setting of each baseline, found per workload. */
  readonly tuned: boolean;
  readonly threads: number;
  readonly onProgress: (done: number, all: number, what: string) => void;
}

/** One contestant on one workload. */
export interface Row {
  readonly workload: string;
  readonly isGuardCase: boolean;
  /** `hpa`, `hpa best`, `tidegate`, `oracle`. */
  readonly contestant: string;
  readonly setting: string;
  /** One for each cell, in the order of the plan's cells. */
  readonly scores: readonly Score[];
}

export interface MatrixResult {
  readonly rows: readonly Row[];
  readonly pictures: readonly RunPicture[];
  readonly cells: readonly Cell[];
}

/** Tunes the baselines, then runs everybody on everything. The same plan gives the same result, whatever the number of threads. */
export async function runMatrix(plan: MatrixPlan): Promise<MatrixResult> {
  const entries = plan.workloads.map((ref) => {
    const { isGuardCase: guard, profile } = workloadOf(ref);
    return { ref, guard, profile };
  });
  const tuningJobs = plan.tuned
    ? entries.filter(({ guard }) => !guard).flatMap(({ ref }) => tuningJobsOf(plan, ref))
    : [];
  const cellsOf = (guard: boolean): readonly Cell[] => (guard ? plan.cells.slice(0, GUARD_CELLS) : plan.cells);
  const all = tuningJobs.length + entries.reduce((sum, { guard }) => sum + cellsOf(guard).length, 0);
  let done = 0;
  const onDone = (what: string) => (): void => {
    done += 1;
    plan.onProgress(done, all, what);
  };
  const tuning = await runJobs(tuningJobs, plan.threads, onDone('tuning the baselines'));
  const groups = entries.map(({ ref, guard, profile }) => {
    const tuned = tuning.filter((_, index) => tuningJobs[index]?.workload === ref);
    const contestants = contestantsOf(plan, tuned);
    const jobs = cellsOf(guard).map((cell, index): Job => {
      const pictures = index === 0 ? contestants.map(({ id }) => id) : [];
      const own = { ...cell, profile: profileNamed(profile ?? '') ?? cell.profile };
      return { workload: ref, cell: own, limits: plan.limits, contestants, pictures };
    });
    return { ref, guard, contestants, jobs };
  });
  const results = await runJobs(
    groups.flatMap(({ jobs }) => jobs),
    plan.threads,
    onDone('running'),
  );
  let offset = 0;
  const rows = groups.flatMap(({ ref, guard, contestants, jobs }) => {
    const mine = results.slice(offset, offset + jobs.length);
    offset += jobs.length;
    return rowsOf(ref.name, guard, contestants, mine);
  });
  return { rows, pictures: results.flatMap(({ pictures }) => pictures), cells: plan.cells };
}

function tuningJobsOf(plan: MatrixPlan, workload: WorkloadRef): readonly Job[] {
  const contestants = tuningContestants(plan.baselines);
  return plan.cells
    .slice(0, TUNING_CELLS)
    .map((cell) => ({ workload, cell, limits: plan.limits, contestants, pictures: [] }));
}

function contestantsOf(plan: MatrixPlan, tuned: readonly JobResult[]): readonly Contestant[] {
  const own = plan.policies.map(({ id, policy }): Contestant => ({ id, kind: 'tidegate', policy }));
  const baselines = plan.baselines.flatMap((family): Contestant[] => {
    const { name, defaults } = family;
    const entry: Contestant = { id: name, kind: 'baseline', family: name, setting: defaults };
    if (tuned.length === 0) return [entry];
    return [entry, { id: `${name} best`, kind: 'baseline', family: name, setting: bestSetting(family, tuned) }];
  });
  return [...own, ...baselines];
}

function rowsOf(
  workload: string,
  isGuardCase: boolean,
  contestants: readonly Contestant[],
  results: readonly JobResult[],
): readonly Row[] {
  const rows = contestants.map((contestant): Row => {
    const setting = contestant.kind === 'baseline' ? describeSetting(contestant.setting) : '';
    const scores = results.flatMap((result) => result.scores[contestant.id] ?? []);
    return { workload, isGuardCase, contestant: contestant.id, setting, scores };
  });
  const oracle = {
    workload,
    isGuardCase,
    contestant: 'oracle',
    setting: '',
    scores: results.map((result) => result.oracle),
  };
  return [...rows, oracle];
}

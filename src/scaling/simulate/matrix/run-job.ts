import type { Controller, RunFacts } from '../controllers/controller.ts';
import { familyNamed } from '../controllers/families.ts';
import { neededWorkers, oracle } from '../controllers/oracle.ts';
import { policyFor, tidegateController } from '../controllers/tidegate.ts';
import { type RunTrace, runFleet } from '../fleet/run.ts';
import { generateArrivals } from '../load/arrivals.ts';
import { type Workload, workloadNamed } from '../load/workload.ts';
import { pictureOf, type RunPicture } from '../results/picture.ts';
import { type Score, scoreOf } from '../results/score.ts';
import type { Cell, Contestant, Job, JobResult, WorkloadRef } from './job.ts';

/** What the first workers of every run are busy: no policy begins with an advantage. */
const FIRST_UTILIZATION = 0.6;
/** The oracle takes the cheapest plan that keeps its violations below this. */
const ORACLE_VIOLATION_PERCENT = 1;
/** What the needed workers of the elasticity figures may be busy. */
const ELASTIC_UTILIZATION = 0.75;

/** Names that no workload or family has. */
export class UnknownNameError extends Error {
  override readonly name = 'UnknownNameError';
  readonly code = 'UNKNOWN_NAME';
}

/** Runs all contestants of a job on the same requests. */
export function runJob(job: Job): JobResult {
  const workload = workloadOf(job.workload);
  const { cell } = job;
  const facts = factsOf(workload, cell, job.limits);
  const needed = neededWorkers(facts, ELASTIC_UTILIZATION);
  const best = cheapestOracle(workload, facts, cell);
  const score = (trace: RunTrace): Score => scoreOf(trace, workload, needed, best.workerSeconds);
  const scores: Record<string, Score> = {};
  const pictures: RunPicture[] = [];
  const traces = new Map<string, RunTrace>();
  for (const contestant of job.contestants) {
    // The best setting is often the default: one run serves both.
    const { id: _id, ...same } = contestant;
    const key = JSON.stringify(same);
    const trace = traces.get(key) ?? runFleet({ workload, facts, seed: cell.seed }, controllerOf(contestant, facts));
    traces.set(key, trace);
    scores[contestant.id] = score(trace);
    if (!job.pictures.includes(contestant.id)) continue;
    const names = { workload: workload.name, contestant: contestant.id, cell: describeCell(cell) };
    pictures.push(pictureOf(trace, facts.arrivals, names));
  }
  return { oracle: score(best), scores, pictures };
}

/** `api, start 2 s, seed 1`. */
export function describeCell({ profile, startMs, seed }: Cell): string {
  return `${profile.name}, start ${startMs / 1_000} s, seed ${seed}`;
}

export function workloadOf(ref: WorkloadRef): Workload {
  if (ref.kind === 'trace') {
    const { name, title, erlangs } = ref;
    const load = Float64Array.from(erlangs);
    return { name, title, durationS: load.length, erlangs: () => load, disturbances: {}, isGuardCase: false };
  }
  const workload = workloadNamed(ref.name);
  if (workload === undefined) throw new UnknownNameError(`there is no workload "${ref.name}"`);
  return workload;
}

export function factsOf(workload: Workload, cell: Cell, limits: RunFacts['limits']): RunFacts {
  const { profile, startMs, cores } = cell;
  const arrivals = generateArrivals(workload, profile, cell.seed);
  const first = arrivals.erlangs.subarray(0, 10);
  const load = first.reduce((sum, value) => sum + value, 0) / Math.max(1, first.length);
  const initial = Math.min(limits.max, Math.max(limits.min, Math.ceil(load / FIRST_UTILIZATION)));
  return { limits, initial, profile, startMs, cores, arrivals };
}

function controllerOf(contestant: Contestant, facts: RunFacts): Controller {
  if (contestant.kind === 'tidegate') return tidegateController(policyFor(contestant.policy, facts), facts.initial);
  const family = familyNamed(contestant.family);
  if (family === undefined) throw new UnknownNameError(`there is no baseline "${contestant.family}"`);
  return family.create(contestant.setting, facts);
}

function cheapestOracle(workload: Workload, facts: RunFacts, cell: Cell): RunTrace {
  let best: { readonly trace: RunTrace; readonly share: number } | null = null;
  for (const setting of oracle.grid) {
    const trace = runFleet({ workload, facts, seed: cell.seed }, oracle.create(setting, facts));
    const bad = trace.tally.bad.reduce((sum, count) => sum + count, 0);
    const share = (100 * bad) / Math.max(1, facts.arrivals.atMs.length);
    if (best === null || share < best.share) best = { trace, share };
    // Guard cases may be beyond help for any plan; no need to try them all.
    if (share <= ORACLE_VIOLATION_PERCENT || workload.isGuardCase) break;
  }
  return (best as { readonly trace: RunTrace }).trace;
}

/** What `tidegate simulate` does: flags to a plan, the plan to a report. */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  BASELINES,
  familyNamed,
  judgeGoal,
  type MatrixPlan,
  PROFILES,
  profileNamed,
  readProfileFile,
  readTrace,
  reportData,
  reportLines,
  runMatrix,
  type ServiceProfile,
  spreadCells,
  traceWorkloads,
  WORKLOADS,
  type WorkloadRef,
} from '../scaling/simulate/index.ts';
import { CliError, UsageError } from './errors.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import { policiesOf } from './simulation-policies.ts';
import { SimulationProgress } from './simulation-progress.ts';
import { showReplay } from './simulation-replay.ts';
import { writeReports } from './simulation-reports.ts';
import type { CliContext } from './verb.ts';

/** Traces are looked for here when none are named; they are too large, and not ours, to come with the package. */
const TRACES = '../shared/traces';

/** Runs the simulation that the flags ask for and prints its report. */
export async function runSimulation(flags: SimulateFlags, context: CliContext): Promise<void> {
  const { terminal, cwd } = context;
  if (flags.replay !== undefined) {
    await asCliError(() => showReplay(flags, context));
    return;
  }
  const policies = asCliErrorNow(() => policiesOf(flags, context));
  const progress = new SimulationProgress(terminal);
  const plan: MatrixPlan = {
    cells: spreadCells(
      flags.seeds,
      flags.seed,
      asCliErrorNow(() => profiles(flags.profile, cwd)),
      startTimes(flags.start),
      flags.cores,
    ),
    limits: limitsOf(flags),
    policies,
    baselines: baselines(flags.baselines),
    tuned: flags.tuned,
    threads: flags.threads ?? availableParallelism(),
    onProgress: (done, all, what) => progress.show(done, all, what),
    // Last: it may print that there are none.
    workloads: [...namedWorkloads(flags.workload), ...asCliErrorNow(() => traces(flags, context))],
  };
  if (plan.workloads.length === 0)
    throw new UsageError('No workload is left to run; name one with --workload or --trace');
  const result = await asCliError(() => runMatrix(plan));
  progress.end();
  const ids = policies.map(({ id }) => id);
  const own = ids[0] as string;
  const goal = judgeGoal(result.rows, own, ids);
  if (flags.json) terminal.json(reportData(result, goal));
  else for (const line of reportLines(result, goal)) terminal.line(line);
  const written = asCliErrorNow(() => writeReports(flags, cwd, result, goal, own));
  if (!flags.json) for (const line of written) terminal.line(line);
}

function limitsOf({ min, max }: SimulateFlags): MatrixPlan['limits'] {
  if (min > max)
    throw new UsageError(`--min (${min}) is above --max (${max}); the least must not be more than the most`);
  return { min, max };
}

function namedWorkloads(wish: string): readonly WorkloadRef[] {
  const all = WORKLOADS.map(({ name }) => name);
  const guards = WORKLOADS.filter(({ isGuardCase }) => isGuardCase).map(({ name }) => name);
  const names =
    wish === 'all' ? all : wish === 'guards' ? guards : wish === 'none' ? [] : chosen('--workload', wish, all);
  return names.map((name) => ({ kind: 'named', name }));
}

function profiles(wish: string, cwd: string): readonly ServiceProfile[] {
  if (wish === 'all') return PROFILES;
  return wish.split(',').map((part) => {
    const name = part.trim();
    if (name.endsWith('.json')) return readProfileFile(path.resolve(cwd, name));
    const profile = profileNamed(name);
    if (profile !== undefined) return profile;
    const all = PROFILES.map((each) => each.name).join(', ');
    throw new UsageError(`--profile: ${JSON.stringify(name)} is not there; there are ${all}, and .json files`);
  });
}

function baselines(wish: string): MatrixPlan['baselines'] {
  if (wish === 'all') return BASELINES;
  if (wish === 'none') return [];
  const names = chosen(
    '--baselines',
    wish,
    BASELINES.map(({ name }) => name),
  );
  return names.flatMap((name) => familyNamed(name) ?? []);
}

function startTimes(text: string): readonly number[] {
  const seconds = text
    .split(',')
    .map((part) => (/^\d{1,4}(\.\d{1,3})?$/.test(part.trim()) ? Number(part) : Number.NaN));
  if (seconds.every((value) => value >= 0.1 && value <= 600)) return seconds.map((value) => value * 1_000);
  throw new UsageError(
    `--start: ${JSON.stringify(text)} is not allowed; give seconds from 0.1 to 600, with commas between`,
  );
}

function chosen(flag: string, wish: string, all: readonly string[]): readonly string[] {
  const names = wish.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !all.includes(name));
  if (wrong === undefined) return names;
  throw new UsageError(`${flag}: ${JSON.stringify(wrong)} is not there; there are ${all.join(', ')}`);
}

/** The traces asked for; without a wish those beside the project, and a line when there are none. */
function traces({ trace, peak, workload, json }: SimulateFlags, { cwd, terminal }: CliContext): readonly WorkloadRef[] {
  if (trace === 'none' || (trace === undefined && workload !== 'all')) return [];
  const files =
    trace === undefined
      ? found(path.resolve(cwd, TRACES))
      : trace.split(',').map((file) => path.resolve(cwd, file.trim()));
  if (files.length === 0 && !json) terminal.line(`Skipped: traces (no CSV file in ${TRACES}; --trace names others)`);
  return files.flatMap((file) => traceWorkloads(readTrace(file), peak));
}

function found(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((file) => file.endsWith('.csv'));
  return files.sort().map((file) => path.join(directory, file));
}

/** The simulator's own errors, and the file system's, say what to do: they end the command with one line. */
async function asCliError<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw cliError(error);
  }
}

function asCliErrorNow<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cliError(error);
  }
}

function cliError(error: unknown): unknown {
  if (error instanceof CliError || !(error instanceof Error)) return error;
  const { code } = error as Error & { readonly code?: unknown };
  return typeof code === 'string' && code !== 'CONFIG_INVALID' ? new CliError(code, error.message) : error;
}

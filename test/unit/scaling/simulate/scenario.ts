/** Small made-up runs: a test names the load and what matters to it. */
import type { RunFacts } from '../../../../src/scaling/simulate/controllers/controller.ts';
import { type RunSpec, type RunTrace, runFleet } from '../../../../src/scaling/simulate/fleet/run.ts';
import { generateArrivals } from '../../../../src/scaling/simulate/load/arrivals.ts';
import { PROFILES, type ServiceProfile } from '../../../../src/scaling/simulate/load/profile.ts';
import type { Disturbances, Workload } from '../../../../src/scaling/simulate/load/workload.ts';

export const API = PROFILES[0] as ServiceProfile;

/** One load for each second. */
export function workloadOf(erlangs: readonly number[], disturbances: Disturbances = {}): Workload {
  return {
    name: 'test',
    title: 'a load of a test',
    durationS: erlangs.length,
    erlangs: () => Float64Array.from(erlangs),
    disturbances,
    isGuardCase: false,
  };
}

export function steady(erlangs: number, seconds: number): readonly number[] {
  return new Array<number>(seconds).fill(erlangs);
}

export function factsOf(workload: Workload, given: Partial<RunFacts> = {}): RunFacts {
  const profile = given.profile ?? { ...API, warmUpExtra: 0 };
  const arrivals = generateArrivals(workload, profile, 1);
  return { limits: { min: 1, max: 20 }, initial: 2, startMs: 2_000, cores: 16, arrivals, ...given, profile };
}

/** A run in which the wanted number is `desiredAt(second)`. */
export function runWith(
  workload: Workload,
  desiredAt: (second: number) => number,
  given: Partial<RunFacts> = {},
  spec: Partial<RunSpec> = {},
): RunTrace {
  const controller = {
    decide: ({ nowMs }: { nowMs: number }) => ({ desired: desiredAt(nowMs / 1_000), reason: 'test' }),
  };
  return runFleet({ workload, facts: factsOf(workload, given), seed: 1, ...spec }, controller);
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

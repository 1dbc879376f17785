import type { Evidence } from '../evidence.ts';
import { mean, samplesWithin } from '../evidence.ts';
import { quantity } from '../quantity.ts';
import { GUARD_WINDOW_MS } from '../series.ts';
import type { Guard } from './guard.ts';

/** Long enough to leave out one bad second, short enough to stop the next step. */
const FAST_WINDOW_MS = 3_000;
const LATEST_WINDOW_MS = 1_000;

/** Mean share of time that workers are runnable without a core; null where the kernel does not tell. */
export function meanRunDelay(evidence: Evidence, windowMs: number): number | null {
  const told = samplesWithin(evidence, windowMs).filter((sample) => sample.runDelayCount > 0);
  return mean(told.map((sample) => sample.runDelaySum / sample.runDelayCount));
}

function meanMachineCpu(evidence: Evidence, windowMs: number): number | null {
  return mean(samplesWithin(evidence, windowMs).flatMap(({ machineCpu }) => machineCpu ?? []));
}

/**
 * The highest of the latest second, the fast window and the one that rules look back: a burst is answered within a second, before a mean has
 * risen; and a rule still holds by what was seven seconds ago when the load has just ended, and the cores were taken then.
 */
function worst(of: (evidence: Evidence, windowMs: number) => number | null, evidence: Evidence): number | null {
  const means = [LATEST_WINDOW_MS, FAST_WINDOW_MS, GUARD_WINDOW_MS].flatMap((windowMs) => of(evidence, windowMs) ?? []);
  return means.length === 0 ? null : Math.max(...means);
}

const percent = (ratio: number): string => quantity(100 * ratio, '%');

/** As many loops as this keep the cores busy; what is beyond only waits. A loop that waits for something without its core leaves it to others. */
function workersForCores(evidence: Evidence, cores: number): number {
  const samples = samplesWithin(evidence, GUARD_WINDOW_MS);
  const [cpu, elu] = [mean(samples.map(({ cpuSum }) => cpuSum)) ?? 0, mean(samples.map(({ eluSum }) => eluSum)) ?? 0];
  return Math.ceil(cores / Math.min(1, cpu / Math.max(elu, 0.01)));
}

/** No worker is added to cores that are taken. */
export const cpuGuard: Guard = ({ policy, observation, evidence, newest, desired }) => {
  const { runDelayBlock, machineCpuBlock } = policy.guards;
  const { cores } = observation.machine;
  const blocked = (detail: string, ceiling = desired) =>
    ({ reason: 'blocked:cpu', ceiling, floor: null, detail }) as const;
  const runDelay = worst(meanRunDelay, evidence);
  if (runDelay !== null && runDelay > runDelayBlock) {
    return blocked(`workers wait for a core ${percent(runDelay)} of the time, above ${percent(runDelayBlock)}`);
  }
  const machine = worst(meanMachineCpu, evidence);
  if (machine === null || newest.fresh === 0) return null;
  // What has just become ready has not shown yet in the machine's figures: it will take what the others take.
  const each = newest.cpuSum / newest.fresh;
  // What takes no core is not short of them, whoever else takes them all.
  if (each < WORTH_A_CORE) return null;
  // What they take themselves is of the time since they were saturated, the machine's figure of the whole time since the round before.
  const taken = Math.max(machine, newest.cpuSum / cores);
  const used = policy.mode === 'rules' ? machine : Math.min(1, taken + (newest.warming * each) / cores);
  if (newest.ready >= cores && used > machineCpuBlock) {
    return blocked(
      `${newest.ready} workers share ${quantity(cores, '')} cores that are ${percent(used)} busy, above ${percent(machineCpuBlock)}`,
    );
  }
  // In auto mode one step may add several: no more than the idle cores would keep busy at what a worker uses now.
  if (policy.mode === 'rules') return null;
  const enough = workersForCores(evidence, cores);
  if (desired >= enough && used > HALF_TAKEN) {
    return blocked(`${enough} workers are enough for ${quantity(cores, '')} cores that are ${percent(used)} busy`);
  }
  const room = Math.ceil((cores * (1 - used)) / each);
  const detail = `${quantity(cores, '')} cores are ${percent(used)} busy, a worker takes ${percent(each)} of one: room for ${room} more`;
  return blocked(detail, Math.max(desired, Math.min(Math.max(enough, desired + 1), newest.ready + room)));
};

/** Of cores that are less busy than this nobody is short, however few they are. */
const HALF_TAKEN = 0.5;

/** Workers that use less of a core than this are not short of cores; if they are, their run delay tells. */
const WORTH_A_CORE = 0.1;

/** Workers beyond the cores are given up while they only wait for one another. */
export const cpuRelease: Guard = ({ policy, state, observation, evidence, desired }) => {
  const { runDelayBlock, runDelayRelease } = policy.guards;
  // Once begun it goes on to where a worker could be added again: at half of the time, n workers are still twice the cores.
  const most = state.guards.includes('release:cpu') ? runDelayBlock : runDelayRelease;
  const runDelay = meanRunDelay(evidence, GUARD_WINDOW_MS);
  const enough = Math.max(policy.limits.min, Math.ceil(observation.machine.cores));
  if (runDelay === null || runDelay <= most || desired <= enough) return null;
  const detail = `workers wait for a core ${percent(runDelay)} of the time, above ${percent(most)}; ${enough} are enough for the cores`;
  return { reason: 'release:cpu', ceiling: enough, floor: null, detail };
};

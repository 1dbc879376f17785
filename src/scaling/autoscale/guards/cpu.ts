import type { Evidence } from '../evidence.ts';
import { mean, samplesWithin } from '../evidence.ts';
import { quantity } from '../quantity.ts';
import { GUARD_WINDOW_MS } from '../series.ts';
import type { Guard } from './guard.ts';

/** Long enough to leave out one bad second, short enough to stop the next step. */
const FAST_WINDOW_MS = 3_000;

/** Mean share of time that workers are runnable without a core; null where the kernel does not tell. */
export function meanRunDelay(evidence: Evidence, windowMs: number): number | null {
  const told = samplesWithin(evidence, windowMs).filter((sample) => sample.runDelayCount > 0);
  return mean(told.map((sample) => sample.runDelaySum / sample.runDelayCount));
}

const percent = (ratio: number): string => quantity(100 * ratio, '%');

/** No worker is added to cores that are taken. */
export const cpuGuard: Guard = ({ policy, observation, evidence, newest, desired }) => {
  const { runDelayBlock, machineCpuBlock } = policy.guards;
  const { cores, cpuUtilization } = observation.machine;
  const blocked = (detail: string) => ({ reason: 'blocked:cpu', ceiling: desired, floor: null, detail }) as const;
  const runDelay = meanRunDelay(evidence, FAST_WINDOW_MS);
  if (runDelay !== null && runDelay > runDelayBlock) {
    return blocked(`workers wait for a core ${percent(runDelay)} of the time, above ${percent(runDelayBlock)}`);
  }
  if (newest.ready >= cores && cpuUtilization !== null && cpuUtilization > machineCpuBlock) {
    return blocked(
      `${newest.ready} workers on ${quantity(cores, '')} cores that are ${percent(cpuUtilization)} busy, above ${percent(machineCpuBlock)}`,
    );
  }
  return null;
};

/** Workers beyond the cores are given up while they only wait for one another. */
export const cpuRelease: Guard = ({ policy, observation, evidence, desired }) => {
  const runDelay = meanRunDelay(evidence, GUARD_WINDOW_MS);
  const enough = Math.max(policy.limits.min, Math.ceil(observation.machine.cores));
  if (runDelay === null || runDelay <= policy.guards.runDelayRelease || desired <= enough) return null;
  const detail = `workers wait for a core ${percent(runDelay)} of the time, above ${percent(policy.guards.runDelayRelease)}; ${enough} are enough for the cores`;
  return { reason: 'release:cpu', ceiling: enough, floor: null, detail };
};

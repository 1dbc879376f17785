import type { DemandPolicy } from './demand-policy.ts';

/**
 * The largest utilization at which waiting still fits into the objective.
 *
 * Workers are *parallel* M/G/1 queues: a connection stays with its worker, so none helps another (an M/M/n would promise too much).
 * The waiting time has an exponential tail, P(W > t) ≈ ρ · exp(−(1 − ρ) t / (S v)), exact for M/M/1 (v = 1); the mean is
 * Pollaczek and Khinchine's, ρ S v / (1 − ρ). As ρ falls the tail falls, so the largest ρ is found by bisection.
 *
 * Worked: S = 20 ms, objective 200 ms, 2 % may wait longer than 180 ms: ρ · exp(−9 (1 − ρ)) = 0.02 at ρ = 0.62.
 * @param serviceSeconds null: unknown, the highest allowed is planned with
 */
export function targetUtilization(serviceSeconds: number | null, objectiveMs: number, policy: DemandPolicy): number {
  const { minUtilization, maxUtilization, variability, waitQuantile } = policy;
  if (serviceSeconds === null) return maxUtilization;
  const waitSeconds = objectiveMs / 1_000 - serviceSeconds;
  const meets = (utilization: number): boolean => {
    const tail = utilization * Math.exp((-(1 - utilization) * waitSeconds) / (serviceSeconds * variability));
    return tail <= 1 - waitQuantile;
  };
  if (meets(maxUtilization)) return maxUtilization;
  if (!meets(minUtilization)) return minUtilization;
  let [low, high] = [minUtilization, maxUtilization];
  for (let halving = 0; halving < 20; halving += 1) {
    const middle = (low + high) / 2;
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return low;
}

import type { DemandPolicy } from './demand-policy.ts';
import type { Slack } from './own-time.ts';

const HALVINGS = 10;
/** Less unevenness than this is none. */
const EVEN = 0.02;

/**
 * The largest utilization at which waiting still fits into the objective.
 *
 * Workers are *parallel* queues: a connection stays with its worker, so none helps another (an M/M/n would promise too much). The waiting
 * time has an exponential tail, P(W > t) ≈ ρ · exp(−(1 − ρ) t ÷ κ), exact for M/M/1 where κ is the service time; here κ is measured. What a
 * request may wait is what its own time leaves of the objective. Workers with more than the mean load count in three groups, of which the
 * outer two are √3 standard deviations off (Gauss and Hermite's points). As ρ falls the late share falls, so the largest ρ is
 * found by bisection.
 *
 * Worked: κ = 20 ms, even load, 2 % may wait longer than 180 ms: ρ · exp(−9 (1 − ρ)) = 0.02 at ρ = 0.62.
 * @param scaleMs κ; null: unknown, the highest allowed is planned with
 * @param slacks what requests may wait
 * @param unevenness squared coefficient of variation of the workers' loads
 */
export function targetUtilization(
  scaleMs: number | null,
  slacks: readonly Slack[],
  unevenness: number,
  { minUtilization, maxUtilization, waitQuantile }: DemandPolicy,
): number {
  if (scaleMs === null) return maxUtilization;
  const loads = loadsOf(unevenness);
  const meets = (utilization: number): boolean => {
    let late = 0;
    for (const { relative, share } of loads) {
      const own = utilization * relative;
      late += share * (own >= 1 ? 1 : lateShare(own, scaleMs, slacks));
    }
    return late <= 1 - waitQuantile;
  };
  if (meets(maxUtilization)) return maxUtilization;
  if (!meets(minUtilization)) return minUtilization;
  let [low, high] = [minUtilization, maxUtilization];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (meets(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function lateShare(utilization: number, scaleMs: number, slacks: readonly Slack[]): number {
  let late = 0;
  for (const { waitMs, share } of slacks) late += share * Math.exp((-(1 - utilization) * waitMs) / scaleMs);
  return utilization * late;
}

/** Requests are where the load is: a group's share of them is its share of the workers times its load. */
function loadsOf(unevenness: number): readonly { readonly relative: number; readonly share: number }[] {
  const apart = Math.min(0.95, Math.sqrt(3 * unevenness));
  if (apart < EVEN) return [{ relative: 1, share: 1 }];
  return [
    { relative: 1 - apart, share: (1 - apart) / 6 },
    { relative: 1, share: 4 / 6 },
    { relative: 1 + apart, share: (1 + apart) / 6 },
  ];
}

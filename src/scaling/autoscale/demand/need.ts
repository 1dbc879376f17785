/** A worker is not started for less than this of one. */
const SLACK = 0.05;

/**
 * Workers that a load needs: `ceil((a + backlog ÷ drain time) ÷ ρ* − 0.05)`, at least one.
 * Worked: 2.9 erlangs, no backlog, ρ* = 0.85: 3.41 − 0.05 → 4. 1.7 erlangs: 2 − 0.05 → 2. 2.9 erlangs and 10 s of
 * backlog to be worked off in 5 s: 4.9 ÷ 0.85 − 0.05 = 5.71 → 6.
 */
export function workersNeeded(
  loadErlangs: number,
  backlogSeconds: number,
  targetUtilization: number,
  drainMs: number,
): number {
  const load = loadErlangs + backlogSeconds / (drainMs / 1_000);
  return Math.max(1, Math.ceil(load / targetUtilization - SLACK));
}

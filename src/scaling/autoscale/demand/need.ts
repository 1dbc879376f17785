/** A worker is not started for less than this of one. */
const SLACK = 0.05;
/** A worker leaves only where the others stay below this part of the target, or it would be back soon. */
export const SHRINKS_BELOW = 0.95;
/** For what waits there are at most as many workers again as for the load: they are there for seconds. */
const MOST_FOR_BACKLOG = 2;
/** A client that has waited this long has given up; work older than that need not be done. */
const PATIENCE_SECONDS = 5;

/**
 * Workers that a load needs: `ceil((a + backlog ÷ drain time) ÷ ρ* − 0.05)`, at least one, at most twice what the load alone needs.
 * Worked: 2.9 erlangs, no backlog, ρ* = 0.85: 3.41 − 0.05 → 4. 1.7 erlangs: 2 − 0.05 → 2. 2.9 erlangs and 10 s of
 * backlog to be worked off in 5 s: 4.9 ÷ 0.85 − 0.05 = 5.71 → 6.
 */
export function workersNeeded(
  loadErlangs: number,
  backlogSeconds: number,
  targetUtilization: number,
  drainMs: number,
): number {
  const workersFor = (erlangs: number): number => Math.max(1, Math.ceil(erlangs / targetUtilization - SLACK));
  const all = workersFor(loadErlangs + backlogSeconds / (drainMs / 1_000));
  return Math.min(all, MOST_FOR_BACKLOG * workersFor(loadErlangs));
}

/**
 * What will wait when a worker that is asked for now is ready: what waits, and what comes until then beyond what the present workers can do, as far
 * as clients have patience. Worked: 7 erlangs for 1 worker with a start time of 2 s: 6 s wait now, 18 s then.
 */
export function backlogWhenReady(backlogSeconds: number, loadErlangs: number, ready: number, startMs: number): number {
  const grown = backlogSeconds + (Math.max(0, loadErlangs - ready) * startMs) / 1_000;
  return Math.max(backlogSeconds, Math.min(grown, loadErlangs * PATIENCE_SECONDS));
}

/** A recommendation that is still the highest of all since. */
export interface Recommended {
  readonly atMs: number;
  readonly workers: number;
}

/**
 * The recommendations of the window of which a maximum can still come: each is higher than all later ones, so there are no more of
 * them than different numbers of workers (a monotonic queue).
 */
export function remember(
  history: readonly Recommended[],
  latest: Recommended,
  windowMs: number,
): readonly Recommended[] {
  const kept = history.filter(({ atMs, workers }) => workers > latest.workers && atMs > latest.atMs - windowMs);
  return [...kept, latest];
}

/** The highest recommendation of the window; `history` is what `remember` returned. */
export function highest(history: readonly Recommended[]): number {
  return history[0]?.workers ?? 0;
}

/** How long the window will still hold a recommendation of more than `workers`. */
export function stabilizationLeftMs(
  history: readonly Recommended[],
  workers: number,
  windowMs: number,
  nowMs: number,
): number {
  const last = history.findLast((entry) => entry.workers > workers);
  return last === undefined ? 0 : Math.max(0, last.atMs + windowMs - nowMs);
}

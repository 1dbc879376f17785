/** What brings the number of workers to the one that is wanted. */
export interface Convergence {
  /** Slots in which a worker is started. */
  readonly start: readonly number[];
  /** Slots whose planned restart is called off. */
  readonly cancel: readonly number[];
  /** So many workers leave. */
  readonly surplus: number;
}

/**
 * Starts what is missing and takes away what is too much, by slots: a worker and its replacement count once. Free slots are filled from
 * the lowest; a restart that is still to come is called off before a worker has to leave.
 *
 * @param active slots of workers that start or serve
 * @param pending slots in which a worker is going to be started again
 */
export function converge(desired: number, active: readonly number[], pending: readonly number[]): Convergence {
  const taken = new Set([...active, ...pending]);
  const start: number[] = [];
  for (let slot = 0; taken.size < desired; slot += 1) {
    if (taken.has(slot)) continue;
    taken.add(slot);
    start.push(slot);
  }
  const cancel = pending.slice(0, Math.max(0, taken.size - desired));
  return { start, cancel, surplus: Math.max(0, taken.size - cancel.length - desired) };
}

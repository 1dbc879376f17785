import type { Container } from './container.ts';

/** What is to be done so that there are as many as wanted. */
export interface Plan {
  /** Numbers of containers to be made. */
  readonly create: readonly number[];
  /** Made earlier and never started. */
  readonly start: readonly Container[];
  readonly drain: readonly Container[];
  /** Ended by themselves: another takes the place. */
  readonly discard: readonly Container[];
}

export interface PlanInput {
  readonly containers: readonly Container[];
  readonly desired: number;
  /** Ids of those that have been told to leave: they count no more. */
  readonly leaving: ReadonlySet<string>;
  /** False: those that ended keep their places for now, because others did so a moment ago. */
  readonly replace: boolean;
}

/**
 * Pure. New ones take the lowest free numbers, as Compose does. Those that serve nobody leave first, then those with the highest numbers: so
 * a scaler that takes over in the middle of a scale-down goes on with the same ones.
 */
export function planContainers({ containers, desired, leaving, replace }: PlanInput): Plan {
  const here = containers.filter(({ id }) => !leaving.has(id));
  const ended = here.filter(({ state }) => state === 'ended');
  const staying = here.filter(({ state }) => state !== 'ended' || !replace);
  const taken = new Set(containers.map(({ number }) => number));
  const surplus = Math.max(0, staying.length - desired);
  const drained = new Set(staying.toSorted(leavesFirst).slice(0, surplus));
  return {
    create: freeNumbers(taken, Math.max(0, desired - staying.length)),
    start: staying.filter((container) => container.state === 'created' && !drained.has(container)),
    drain: staying.filter((container) => drained.has(container) && container.state !== 'ended'),
    // One that ended and is one too many needs no drain.
    discard: ended.filter((container) => replace || drained.has(container)),
  };
}

function leavesFirst(left: Container, right: Container): number {
  return Number(left.healthy) - Number(right.healthy) || right.number - left.number;
}

function freeNumbers(taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = [];
  for (let number = 1; free.length < count; number += 1) if (!taken.has(number)) free.push(number);
  return free;
}
